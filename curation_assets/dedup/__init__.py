"""signatures and dedup_clusters: which documents are copies of which."""
