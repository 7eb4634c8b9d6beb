"""Embeddings as whole numbers: exact cosines, and k-means cells of them."""
