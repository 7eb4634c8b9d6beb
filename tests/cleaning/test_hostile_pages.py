"""Pages made to take a parser long, or the look at their elements, are refused or looked at but in part.

What work there is, is counted: no test looks at a clock.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation_assets.cleaning.config import ExtractionConfig
from curation_assets.cleaning.pages import page_roles, page_tree
from curation_assets.cleaning.pages.extraction import extract as extract_page
from curation_assets.cleaning.pages.page_attributes import most_attributes
from curation_assets.cleaning.pages.page_source import MOST_ATTRIBUTES
from curation_assets.cleaning.pages.page_work import MOST_READ, PageWork

BLANKS = " \t\n\f\r"
PROSE = "The quarry delivers granite for the pillars of the bridge, and lime from kilns in the valley. " * 4


def extract(html: str) -> str:
    return extract_page(html, ExtractionConfig()).text


def numbered(unit: str, times: int) -> str:
    """Return a unit again and again, with its number in place of "#"."""
    return "".join(unit.replace("#", str(number)) for number in range(times))


class _Node:
    """What ``link_characters`` asks of a node."""

    text = ""


@pytest.mark.parametrize("times", [1_000, 30_000])
def test_starts_of_links_without_end_are_no_links_and_not_searched_from(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = []

    class Pattern:
        def findall(self, html: str, start: int, stop: int) -> list[str]:
            stops.append((start, stop))
            return original.findall(html, start, stop)

    original = page_roles._LINK
    monkeypatch.setattr(page_roles, "_LINK", Pattern())
    opened = "<a href>" * times
    assert page_roles.link_characters(_Node(), opened) == (0, 0)
    assert not stops, "no end, no search"
    linked = "<a href='x'>granite</a>"
    assert page_roles.link_characters(_Node(), linked + opened) == (len("granite"), 0)
    assert stops == [(0, len(linked))], "no search beyond the last end"


def test_a_script_full_of_starts_of_links_goes_through() -> None:
    # Hangs for minutes in quadratic time.
    html = f"<p>{PROSE}</p><div class='menu'>x<script>{'<a href>' * 300_000}</script>granite</div>"
    assert "quarry" in extract(html)


@pytest.mark.parametrize(
    "unit", ["<div class='menu'><p>x</p>", "<aside class='note'>x", "<footer>x", "<header><h2>x</h2>"]
)
@pytest.mark.parametrize("depth", [450, 1_800])
def test_boilerplate_within_boilerplate_is_read_a_few_times(
    unit: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[PageWork] = []

    class Seen(PageWork):
        def __init__(self, body: Any, size: int) -> None:
            super().__init__(body, size)
            seen.append(self)

    monkeypatch.setattr(page_tree, "PageWork", Seen)
    # So long that what is always read is little.
    html = "<section>" + unit.replace("x", PROSE) * depth
    assert "quarry" in extract(html)
    (work,) = seen
    once_more = 2 * len(html)
    assert work.read <= MOST_READ * len(html) + 1_000_000 + once_more
    assert work.is_done


def test_all_headers_of_sections_are_asked_for_at_once() -> None:
    headers = f"<section><header><h2>Granite</h2><p>{PROSE}</p></header></section>" * 3
    outside = "<header><h2>Lime</h2><a href=x>kilns</a></header>"
    found = extract(f"<p>{PROSE}</p><div>{headers}{outside}</div>")
    assert found.count("Granite") == 3
    assert "Lime" not in found


ATTRIBUTES = {
    "no blanks": ('a#=""', "<p {}>"),
    "ends in quotes": ('a#=">" ', "<p {}>"),
    "ends in apostrophes": ("a#='>'", "<p {}>"),
    "quote in a name": ('a"#=">" ', "<p {}>"),
    "slashes": ("a#/", "<p {}>"),
    "many blanks": ("a#\n=\f1\t", "<p {}>"),
    "tags within": ('<li x=">"', "<p {}>"),
    "tags without end": ("<td ", "{}"),
    "links without end": ("<a href= a ", "{}"),
    "the same": ("class=menu ", "<p {}>"),
    "closing tag": ("a# ", "</p {}>"),
    "behind a script": ('a#=""', "<script>a<b x='</script><p {}>"),
    "behind a comment": ('a#=">" ', '<!-- <a b=" --><p {}>'),
    "in a script of SVG": ('a#="" ', "<svg><script><p {}></script>"),
    "split by a link": ("a#=1 ", "<p {} <a name=x> b>"),
    "html again": ("<html a# b# c# d# e# f#>", "{}"),
    "body again": ("<Body a# b#=1 c# d# e# f#>", "{}"),
}


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_more_than_so_many_attributes_are_refused_however_they_are_written(kind: str) -> None:
    unit, around = ATTRIBUTES[kind]
    times = MOST_ATTRIBUTES // (6 if "again" in kind else 1) + 2
    html = f"<p>{PROSE}</p>" + around.format(numbered(unit, times)) + "granite"
    with pytest.raises(ValueError, match=f"tag of more than {MOST_ATTRIBUTES} attributes"):
        extract(html)


@pytest.mark.parametrize("tag", ["<p {}<a name=x/> {}>", "<p a='>' {}<a name=x/> {}>"])
def test_attributes_are_counted_after_repairs(tag: str) -> None:
    # Without the link between them, which is taken out, the tag goes on.
    half = MOST_ATTRIBUTES * 2 // 3
    html = f"<p>{PROSE}</p>" + tag.format(numbered("a# ", half), numbered("b# ", half)) + "granite"
    with pytest.raises(ValueError, match="attributes"):
        extract(html)


@pytest.mark.parametrize(
    "unit",
    [
        "<p<a name=x>re>",
        "<\x02div>",
        "<div></div></td>",
        "<div class='fragment'></div><!-- fragment -->",
    ],
)
def test_depth_is_that_of_what_is_parsed(unit: str) -> None:
    with pytest.raises(ValueError, match="nested"):
        extract("<td>" + unit * 10_000)


@pytest.mark.parametrize("tag", ["option", "OPTION", "Option"])
def test_choices_count_in_any_case(tag: str) -> None:
    with pytest.raises(ValueError, match="options"):
        extract("<select>" + f"<{tag}>" * 30_000)


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{PROSE}</p><img alt='{'a b=c ' * 20_000}'>",
        f"<p>{PROSE}</p><!-- <b --> {'a b ' * 20_000}",
        f"<p>{PROSE}</p><p " + "a='x > y' " * MOST_ATTRIBUTES + ">",
        numbered(f"<p a# b#=''>{PROSE}</p>", 3_000),
        f"<html lang=en><body class=x>{PROSE}" + "<html lang=en><body class=x>" * 900,
    ],
)
def test_long_values_and_many_tags_have_few_attributes(html: str) -> None:
    assert "quarry" in extract(html)


def follow(html: str, at: int) -> int:
    """Return the attributes of the tag that begins there, by the tokenizer of HTML; -1 if none does."""
    at += 1 + (html[at + 1 : at + 2] == "/")
    if not (html[at : at + 1].isascii() and html[at : at + 1].isalpha()):
        return 0
    count = 0
    while at < len(html) and html[at] not in BLANKS + "/>":
        at += 1
    while True:
        while at < len(html) and html[at] in BLANKS + "/":
            at += 1
        if at >= len(html) or html[at] == ">":
            return count
        count += 1
        at += 1
        while at < len(html) and html[at] not in BLANKS + "/>=":
            at += 1
        at = _behind_value(html, at)


def _behind_value(html: str, at: int) -> int:
    """Return where the value ends whose equals sign stands there or after blanks."""
    while at < len(html) and html[at] in BLANKS:
        at += 1
    if html[at : at + 1] != "=":
        return at
    at += 1
    while at < len(html) and html[at] in BLANKS:
        at += 1
    if html[at : at + 1] in ('"', "'"):
        end = html.find(html[at], at + 1)
        return len(html) if end < 0 else end + 1
    while at < len(html) and html[at] not in BLANKS + ">":
        at += 1
    return at


PIECES = [
    *("<", "</", "<p", "<a", ">", "=", '"', "'", "/", " ", "\n", "a", "b=", '="', "='", "<b x", "\u00e9", "-")
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example('<p a b=c/d><a b="> <b c d e\' f=g" h>')
@example("</p =a==b c = = d e='<p f \" g h i>' j>")
def test_attributes_are_counted_as_of_every_sign_that_may_begin_a_tag(html: str) -> None:
    starts = [at for at, character in enumerate(html) if character == "<"]
    expected = max((follow(html, at) for at in starts), default=0)
    assert most_attributes(np.frombuffer(html.encode(), np.uint8), False) == expected


def test_attributes_of_html_and_body_are_added_up() -> None:
    html = b"<html a b><p c d e f><BODY c='>' d><htm e><html f=1>"
    assert most_attributes(np.frombuffer(html, np.uint8), True) == 5


@pytest.mark.parametrize("name", ["menu", "headerlink", "post-body"])
def test_only_so_many_names_are_looked_for(name: str) -> None:
    most = page_roles.MOST_SELECTORS
    html = "".join(f'<div class="{name} x{number:05}">x</div>' for number in range(30_000))
    named = page_roles.named_in(html)
    found = next(filter(None, (named.doubtful, named.skipped, named.content)))
    assert found == [f'[class="{name} x{number:05}"]' for number in range(most)]


def test_a_very_long_name_says_nothing() -> None:
    assert page_roles.role_of("menu " + "x " * 900) == "links"
    assert page_roles.role_of("menu " + "x " * 1_000) is None


def test_formatting_that_a_parser_would_open_again_in_every_block_is_refused() -> None:
    """19 KB that would become 12 MB of tree; closing the elements at the end changes nothing."""
    opened = "".join(f"<b c={number}>" for number in range(400))
    page = f"<p>{opened}</p>" + "<p>x</p>" * 2_000
    for ending in ("", "</b>" * 400):
        with pytest.raises(ValueError, match="would open again"):
            extract_page(page + ending, ExtractionConfig())
    closed = "<p><b>x</b> and <i>y</i></p>" * 5_000
    assert extract_page(closed, ExtractionConfig()).text.startswith("x and y")
