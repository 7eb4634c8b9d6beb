"""contamination: which documents hold items of the evaluation sets that are given as files."""
