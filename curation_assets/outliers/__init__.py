"""outliers: documents that are rare and bad at once."""
