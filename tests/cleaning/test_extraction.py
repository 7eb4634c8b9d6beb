import pytest

from curation_assets.cleaning.config import ExtractionConfig
from curation_assets.cleaning.extraction import extract

PAGE = """<!DOCTYPE html><html><head><title> Bridges  &amp;
 roads </title><script>var hidden = 1;</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/b">About</a></li></ul></nav>
<main><h1>Stone bridges</h1>
<p>The old <b>bridge</b> crosses the river; its type is <code>List&lt;Arch&gt;</code>.</p>
<pre>def arch(x):
    return x

y = 1</pre>
<table><tr><th>Name</th><th>Year</th></tr><tr><td>North</td><td>1701</td></tr></table>
<ul><li>granite from the valley</li><li>lime</li></ul>
<ol><li>measure</li><li>cut</li></ol></main>
<footer>Imprint and contact</footer></body></html>"""


def test_main_content_with_its_structure() -> None:
    text, title = extract(PAGE, ExtractionConfig())
    assert title == "Bridges & roads"
    assert "The old bridge crosses the river; its type is List<Arch>." in text
    assert "def arch(x):\n    return x\n\ny = 1" in text
    rows = [line.split() for line in text.split("\n")]
    assert ["Name", "Year"] in rows
    assert ["North", "1701"] in rows
    assert "granite from the valley" in text
    assert "1. measure" in text
    for boilerplate in ("Home", "About", "Imprint", "hidden"):
        assert boilerplate not in text


def test_boilerplate_is_kept_on_demand() -> None:
    text, _ = extract(PAGE, ExtractionConfig(main_content=False))
    assert "About" in text
    assert "hidden" not in text


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_lists_survive_at_every_depth_but_menus_do_not(depth: int) -> None:
    lists = (
        "<p>The quarry delivers:</p><ul><li>granite blocks for the pillars</li><li>lime</li></ul>"
        '<ul class="nav"><li><a href="/">Start page</a></li><li><a href="/x">All topics</a></li></ul>'
    )
    text, _ = extract(
        f"<html><body>{'<div>' * depth}{lists}{'</div>' * depth}</body></html>", ExtractionConfig()
    )
    assert "granite blocks" in text
    assert "lime" in text
    assert "Start page" not in text


def test_a_page_that_is_all_boilerplate_gives_all_its_text() -> None:
    text, _ = extract("<html><body><nav>Only a menu here</nav></body></html>", ExtractionConfig())
    assert "Only a menu here" in text


@pytest.mark.parametrize(
    "html", ["", "\0", "<", "<html>", "plain words", "<p>a\0b", "<!--", "<title>", "</body><body>"]
)
def test_broken_pages_do_not_raise(html: str) -> None:
    text, title = extract(html, ExtractionConfig())
    assert isinstance(text, str)
    assert title is None or title


def test_many_lists_take_no_quadratic_time() -> None:
    # Stepping through a collection of 20,000 elements would take half an hour.
    text, _ = extract("<body>" + "<ul><li>lime and granite</li></ul>" * 20_000, ExtractionConfig())
    assert text.count("granite") == 20_000


def test_a_page_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ValueError, match="nested"):
        extract("<div>" * 50_000, ExtractionConfig())
