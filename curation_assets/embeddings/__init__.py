"""embeddings: one unit vector a document."""
