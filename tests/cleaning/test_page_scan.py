"""The compiled loops find in the source of a page what regular expressions find."""

import re
import sys

import numpy as np
import pytest
import reference_page_source as reference
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation_assets.cleaning.pages import page_bytes, page_roles, page_scan, page_source
from curation_assets.cleaning.pages.page_elements import KNOWN
from curation_assets.cleaning.pages.page_tags import Tags, tags_of

BLANKS = [character for code in range(sys.maxunicode + 1) if (character := chr(code)).isspace()]
TAGS = """
<div> </div> <DIV> </DIV> <p> </p> </P> <p/> <td> <TD> <td/> </td> </TD> </td/ </tdx> </th> <tdx> <pdf> <a>
<A> </a> <a/> <a/name=x> <abbr> <ahref=x> <code> </code> <pre> </pre> </PRE> <Code> <pre/> </pre/ <tt <b>
</b> <B> <T> </T> <A <B/ <P> <x-y> </x-y> <map> </map> <svg:g> <blockquote> <figcaption2> <!-- --> ]]>
<!DOCTYPE <![CDATA[ <?xml <?php ?> < << > </ <1> <x<y <div></b <option> <OPTION> <Option> <font> </font>
<h1> </h1> <ruby> <rt> <rp> <tr> <table> </table> <script> class= id= role= CLASS Role= data-id= = \t= " '
id='nav-bar' class=siteSub role=main post-meta entry_date mw-jump-link ADMenu adX XMLad toc hidden class
word List x class="menu" <a/href="x"/> <a\u00a0name=x> <Th\u3000x> <blin\u212a>
</blin\u212a> <\u212abd> <\u017famp> <d\u0130v> </td\u00e9> \U0001f4de
"""
PIECES = [
    *(piece for line in TAGS.splitlines() for piece in line.split(" ")),
    *("<Div\n>", "<P\tclass=x>", "<td >\n", "</p> </td>", "<td> <p>", " ", "\n", "\t", "<Code\n>", "<a\n"),
    *('<a name="x"/>', "<a name=x/>", "<a name='x' />", "<a href=x/>", '<a href="x"/>', "<a HREF=x>"),
    *("<a id=hrefx", '<div class="fragment">', "</div><!-- fragment -->", "<!-- fragment -->", "\u4e2d"),
    *("\0", "\x02", "\x05", "\x1c", "\x85", "\u00a0", "\u2003", "\u2028", "\ud800", "\udfff", "\u00e9"),
]  # fmt: skip
# Of a few kinds of pieces, so that they often stand in the same order.
SOURCES = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6)
    .flatmap(lambda kinds: st.lists(st.sampled_from(kinds), max_size=30))
    .map("".join)
)


@given(SOURCES)
@settings(max_examples=600)
@example("<td><a name=x/>\u2003<p>x</p><a name=y/> </td>")
@example("</p><a name=x></td</p></td><td <a name=x>><p>")
@example("<td title=<a name=x>><p>x</p></td>")
def test_tags_are_those_of_the_regular_expressions(html: str) -> None:
    tags, names = tags_of(html), reference.names_of(html)
    assert tags.elements == {name.lower() for name in names} & KNOWN
    assert tags.has_cells == ("td" in tags.elements)
    assert tags.options == sum(count for name, count in names.items() if name.lower() == "option")
    assert (tags.unknown > 0) == any(name.lower().removeprefix("/") not in KNOWN for name in names)
    assert tags.capitals == sum(count for name, count in names.items() if len(name) == 1 and name.isupper())
    assert tags.unclosed == reference.unclosed(names)
    assert tags.marks == bool(re.search("[\x02-\x05]", html))
    assert page_source.is_suspicious(html, tags) == reference.is_suspicious(names, html)


@given(SOURCES)
@settings(max_examples=600)
@example("<code><map></code><b></b>")
@example("<pre><pre><map></pre></map></pre><map>")
@example("<pre><code></pre></code><pre/>")
@example("<b><pre>List<B></b></pre>")
@example("<pre>x<\u017famp></pre><x>")
@example("<b><\u212abd><code><x></\u212abd></code>")
def test_code_is_escaped_as_without_the_scan(html: str) -> None:
    tags = tags_of(html)
    assert page_source.escape_code(html, tags) == page_source.escape_code(html, tags._replace(doubtful=1))


@given(SOURCES, st.integers(0, 20))
@example("<b><x><b></b></x></b>" * 4, 0)
def test_depth_is_never_less_than_it_is(html: str, limit: int) -> None:
    tags, depth = tags_of(html), reference.depth(html)
    assert tags.deepest >= depth
    assert tags.depth(limit) == (depth if depth > limit else 0)


@given(SOURCES)
@settings(max_examples=600)
@example("<td><a name=x/>\u2003<p>\u4e2d</p><a name=y/> </td><td><div>x</div></td>")
@example("</p><a name=x></td</p></td><td <a name=x>><p>")
@example("<td title=<a name=x>><p>x</p></td>")
@example("<TD><p><p>x</p></p></TD>\u00e9</p></td\u00e9><td>")
@example('<div class="fragment">x</div><!-- fra<a name=x>gment --></div><a name=y/><!-- fragment -->')
@example('<td><div class="fragment"><p>x</p></div><!-- fragment --></td>')
def test_repairs_are_those_of_the_regular_expressions(html: str) -> None:
    tags = tags_of(html)
    repaired = page_source.repair(html, tags, cells=tags.has_cells)
    assert repaired == reference.repair(html, reference.names_of(html))


def test_cells_are_repaired_without_regular_expressions_unless_tags_lie_in_each_other() -> None:
    assert not tags_of("<td> <a name=x/> <p>x</p><a name=y></td>").unsure
    assert tags_of("<td <a name=x/>><p>x</p></td>").unsure


@given(SOURCES)
@settings(max_examples=600)
@example("class='a id=nav' class=\"class=menu\" id=\"nav<x id='nav\"toc'")
@example("class=menu\u3000x role=menu\u4e2d")
@example("CLASS \n=\r\f'menu' Id= nav role = \x0bnav cla\u017f\u017f=menu class= =menu class==menu")
def test_values_with_a_role_are_all_found(html: str) -> None:
    found, values = page_roles.scan(html)[0], reference.values_of(html)
    assert found <= values
    assert {value for value in values if page_roles.role_of(value[1].strip("\"'"))} <= found


@pytest.mark.parametrize("name", sorted({*page_roles.ROLE_OF_NAME, *page_roles.ROLE_OF_WORD}))
def test_each_name_with_a_role_is_found_by_itself_and_in_camel_case(name: str) -> None:
    assert page_roles.scan(f"class={name}")[0] == {("class", name)}
    if name in page_roles.ROLE_OF_WORD:
        written = f"abc{name.title()}Def"
        assert page_roles.scan(f"<p id='{written}'>")[0] == {("id", f"'{written}'")}


def test_the_blanks_are_those_of_regular_expressions() -> None:
    for character in (*BLANKS, "\u200b", "\u200e", "\u202e", "\u2060", "\u3001", "\x00", "a", "\x1b", "\x86"):
        data = np.frombuffer(character.encode(), np.uint8)
        expected = len(data) if re.match(r"\s", character) else 0
        assert page_bytes.blank(data, 0) == expected, ascii(character)


def test_facts_are_the_last_fields_in_their_order() -> None:
    facts = tuple(fact.name.lower() for fact in page_scan.Fact)
    assert Tags._fields[-len(facts) :] == facts


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="letters"):
        page_scan.slots_of(["a" * 13])


UNITS = ["<", "<a", "<td>", "<a name=x/>", "class='", 'class="', "id=id=", "role=class=id=ad ", "<x<y"]


@pytest.mark.parametrize("unit", UNITS)
def test_sources_of_one_piece_give_what_they_give_as_a_few(unit: str) -> None:
    html = unit * 20_000
    tags = tags_of(html)
    repaired = page_source.repair(html, tags, cells=tags.has_cells)
    assert repaired == reference.repair(html, reference.names_of(html))
    assert page_roles.scan(html)[0] <= reference.values_of(html)
