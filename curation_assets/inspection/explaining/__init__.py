"""explain: the whole way of one document through the lake, as data (``explanation``) and as words (``tree``)."""
