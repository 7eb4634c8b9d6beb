"""raw_documents: one file of the inbox is one shard."""
