"""Ask-LLM: how informative is this text? (arXiv 2402.09668, section 3.1), by verbalizer or probe."""
