"""quality_scores: how informative a document is, one column a scorer."""
