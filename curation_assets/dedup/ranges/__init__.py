"""The clusters of a lake that does not fit memory, by ranges that each do: the same as ``cluster`` finds."""
