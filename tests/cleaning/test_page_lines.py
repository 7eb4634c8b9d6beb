"""The compiled way from reduced HTML to text must give what regular expressions give, one by one."""

import pytest
import reference_page_lines as reference
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation_assets.cleaning.pages import page_lines
from curation_assets.cleaning.pages.page_lines import lines_of

TAGS = (
    [f"<{end}{name}>" for end in ("", "/") for name in ("p", "br", "h1", "h2", "h6", "h7", "pre")]
    + [f"<{end}{name}>" for end in ("", "/") for name in ("ul", "ol", "li", "b")] * 3
    + ["</a>", '<a href="', '">', '<a href="x">', '<a href="#x">', '<a href="a b\n">', "<pre", "</", "<", ">"]
)
LINKS = [
    '<a href="a">Start</a>',
    '<a href="b">One, two</a>',
    '<a href="#c">\u00b6</a>',
    '<h2><a href="#d">Heading</a></h2>\n',
    '<h1><a href="e">Title</a></h1>\n',
    '<a href="f"> first \n\u3000second\u00a0\n\n third </a>',
    '<li><a href="g">Item</a></li>\n' * 3,
    '<li><a href="h">\u043f\u0443\u043d\u043a\u0442</a> \u2014 x</li>\n' * 4,
    '<a href="i">' + 499 * "y",
    '<a href="j">' + 500 * "z" + "</a>",
    '<a href="k">' + 501 * "z" + "</a>",
    '<a href="l">u\n' + 500 * "\u00e9" + "</a>",
    '<a href="m">u\n' + 501 * "\u00e9" + "</a>",
    '<h2><a href="#',
    "\x02\x02 \x03\x03",
]
SPACES = [
    *" \t\n\r\x0b\x1c\x85\u00a0\u1680\u2003\u2028\u3000\u200b",
    *("\n ", "\t\t", " \t ", "\n\n", "  "),
]
TEXTS = [
    *("&lt;", "&gt;", "&quot;", "&amp;", "&amp;lt;", "&am", "p;", "&", "lt;", "quo", "t;", "&nbsp;"),
    *(
        "\x02",
        "\x03",
        "\x04",
        "\x05",
        "\x00",
        "\x07",
        "\ud800",
        "\udfff",
        "\u00b6",
        "\U0001f517",
        "\u2693",
        "#",
    ),
    *(
        "a",
        "B_",
        "7",
        ",",
        "; ",
        "word ",
        "\u00e4",
        "\u4e2d\u6587",
        "\U0001f600",
        "\u0301",
        "\u2022 ",
        "l>",
        "<u",
    ),
    *(
        "\u00a9 2024",
        "(C) ",
        "Copyright 1999-2003",
        "All right\u017f reserved",
        "copyright (c)",
        40 * "prose ",
    ),
]
MARKUP = st.lists(st.sampled_from(TAGS + LINKS + SPACES + TEXTS), max_size=40).map("".join)


def same(markup: str) -> None:
    for trim in (True, False):
        expected, found = reference.lines_of(markup, trim=trim), lines_of(markup, trim=trim)
        assert found.text == expected.text
        assert found.link_density == expected.link_density


@settings(max_examples=500, deadline=None)
@given(MARKUP)
@example("")
@example("<u<p>l>x<u</li>l><li><<br>br>")
@example("<ol><li>\ta</li>\t\t</ol>\t<ul> \n<li> <p> b<ol> \n\u3000</ol></ul></ul>x")
@example("".join(["<ol>", "<li>x</li>" * 101, "</ol>"]))
@example("a\t \t b \t\t\t\tc\n \td\n e\n \u00a0f\n \x02g\n <pre> <a<br>b> \t\t x</p>\n\n</pre> \n <pre>y")
@example('<pre>a<a href="</pre>">b</pre> c <h2><a href="#x"y> <a href="<h2><a href="#"><h1>">d</a>')
@example("&l<p>t;&l<pre>t;</pre>&l\x02\x03t;&amp;amp;amp;")
@example("\x02a\x02#\x03 b\x03 \x02c \x02\x02 \x03\x03 d\n\x03 \x02e \x02\x02\n\x03 f\x03")
@example("\x02" + " " * 50 + "\x02#\x03" + " " * 50 + "\nx\x03 \x02#\x03y")
def test_any_markup_gives_what_regular_expressions_give(markup: str) -> None:
    same(markup)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*LINKS[:8], "\n", " \n", "word, ", "word\n", "\t", *TEXTS[-6:]]), max_size=30)
)
def test_the_same_lines_go(pieces: list[str]) -> None:
    same("\n".join(pieces))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_characters_give_what_regular_expressions_give(text: str, linked: str) -> None:
    same(f'<li>{text}<a href="x">{linked}</a> {text}</ul><a href="y">\n{linked}</a>')


def test_every_space_is_one() -> None:
    spaces = "".join(char for char in map(chr, range(0x110000)) if char.isspace())
    for char in spaces + "\u200b\u180e\ufeff\u2060":
        same(f"<ol><li>{char}a{char}<ol>b{char}</ol>c\n {char}\x02{char}\n{char}d{char}\x03</ol>\n{char}\n")
        same(f'<a href="x">{char}</a>a\n{char}<a href="x">{char}\nb</a>\n{char}')


HOSTILE = [
    *("<pre>", "<ol><li>", "</ul>", "x </ul>", '<a href="', '<h2><a href="#', '<a href="x">', "<", "&l"),
    *("\x02#", "\x02\x02#\x03", '<a href="x">\n', '<a href="x">a</a>\n\n', "\n", " \t"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_markup_takes_no_quadratic_time(piece: str) -> None:
    # What takes quadratic time takes hours for these: the test then hangs.
    size = 2_000_000
    assert len(lines_of(piece * (size // len(piece)), trim=True).text) <= 2 * size


def test_marks_go() -> None:
    assert page_lines.without_marks("\x02a\x03b\x04\x05c\x06") == "abc\x06"
