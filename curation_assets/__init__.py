"""Data curation for language models: raw text shards in, a training mixture out."""
