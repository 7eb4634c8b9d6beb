"""semantic_duplicates: documents that say the same as another one in other words."""
