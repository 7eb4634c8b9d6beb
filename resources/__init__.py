"""What stages are given to work with: the lake, models, workers."""
