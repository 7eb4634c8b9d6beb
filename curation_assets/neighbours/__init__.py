"""neighbours: the documents of the lake that are most similar to each one."""
