"""Whether the scorers of a configuration are any good on labelled texts, and what they cost."""
