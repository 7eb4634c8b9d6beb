"""Perplexity of documents: n-gram models, KenLM's files, neural language models, and what is made of it."""
