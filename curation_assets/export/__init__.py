"""The mixture of a lake as files for a trainer: Parquet, JSONL, Hugging Face's layout, packed tokens."""
