"""Where in a text lies what a rule counted: characters of the text as it is stored."""
