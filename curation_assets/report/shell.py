"""A page in one file: style and script are in it and named by their hashes; nothing else may load or run."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from curation_assets.report.markup import Html, escaped, joined, tag


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """Return a Content Security Policy that allows this style and this script, and nothing besides.

    Hashes are those of CSP Level 3, section 2.3.1: SHA-256 of the bytes between the tags.
    """
    allowed = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src {allowed[0]}; script-src {allowed[1]}; "
        "base-uri 'none'; form-action 'none'"
    )


def page(
    title: str,
    told: Sequence[object],
    sections: Sequence[tuple[str, str, Html]],
    footer: object,
    *blocks: Html,
) -> str:
    """Return a whole page.

    Args:
        told: what stands below the title.
        sections: (id, name in the list of contents, markup).
        blocks: data for the script.
    """
    style, script = _asset("page.css"), _asset("page.js")
    contents = [tag("li", tag("a", name, href=f"#{place}")) for place, name, _ in sections]
    body = joined(
        tag("a", "To the content", href="#content", class_="skip"),
        tag("header", tag("h1", title), *told, tag("nav", tag("ul", *contents), aria_label="Contents")),
        tag("main", *(markup for _, _, markup in sections), id="content"),
        tag("footer", footer),
        *blocks,
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy(style, script))}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )
