"""What stands for links and headings in the text of a page, until the text is done."""

LINK, LINK_END, HEADING, TITLE = 2, 3, 4, 5
"""Code points: start and end of a link, start of a heading, and before it where the heading is the title."""
_MARKS = tuple(map(chr, (LINK, LINK_END, HEADING, TITLE)))


def without_marks(html: str) -> str:
    """Return a page without the control characters that are used as marks here."""
    for mark in _MARKS:
        html = html.replace(mark, "")
    return html
