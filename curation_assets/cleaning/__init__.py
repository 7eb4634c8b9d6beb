"""clean_documents: text, language, rules and the verdict on each document."""
