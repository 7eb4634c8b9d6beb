"""What is raised where settings ask for more than the documents of a lake can give."""


class InfeasibleError(ValueError):
    """Settings that these documents cannot meet.

    The message holds the arithmetic: keys of the settings, names of sources and languages, and numbers. It
    never holds a text, so Dagster's log may have all of it.
    """
