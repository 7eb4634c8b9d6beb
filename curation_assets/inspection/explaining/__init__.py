"""explain: the way of one document through the lake, as data (``explanation``) and as words (``whole``)."""
