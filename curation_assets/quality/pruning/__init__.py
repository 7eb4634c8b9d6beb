"""Scores by which research has pruned training data; for study, no stage depends on them.

Marion et al. 2023 (arXiv 2309.04564) compared them for language models: neither EL2N nor memorisation beat
training on everything, and perplexity did.
"""
