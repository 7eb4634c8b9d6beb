"""The tables of a dataset card, as a reader of its Markdown sees them."""

from markdown_it import MarkdownIt


def tables(markdown: str) -> list[list[list[str]]]:
    """Return the cells of every table of a card, without its heading, as a reader sees them."""
    found: list[list[list[str]]] = []
    inside = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type in ("tbody_open", "tbody_close"):
            inside = token.type == "tbody_open"
            found += [[] for _ in range(inside)]
        elif inside and token.type == "tr_open":
            found[-1].append([])
        elif inside and token.type == "inline":
            found[-1][-1].append("".join(child.content for child in token.children or []))
    return found
