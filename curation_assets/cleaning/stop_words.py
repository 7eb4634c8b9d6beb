"""Function words by language, lower case.

English: the eight of Gopher (arXiv 2112.11446, appendix A.1.1). The others are eight of the most frequent
words of each language, chosen so that ordinary prose of any register has at least two.
"""

_LISTS = {
    "en": "the be to of and that have with",
    "de": "der die und das ist zu den mit",
    "fr": "de la le et les des est que",
    "es": "de la que el en los se con",
    "it": "di che la il per un non con",
    "pt": "de que o do da em para com",
    "nl": "de het een van en in is dat",
    "sv": "och att det i en som på är",
    "pl": "w i na nie z się do jest",
    "ru": "и в на не с что для по",  # noqa: RUF001
}

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _LISTS.items()
}
"""ISO 639-1 code to eight words."""
