"""The card: what it says, and that no name in a lake can make it say something else."""

import json
import re
from pathlib import Path

import pytest
import yaml
from export_lake import mixture_lake, row, save
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from curation_assets.cards.header import header
from curation_assets.cards.markdown import fenced, plain
from curation_assets.export.exporting import export
from curation_assets.export.options import Options
from curation_assets.export.ordered import file_name
from curation_assets.reporting import SilentReporter
from resources.records import Counts

HOSTILE = [
    "---",
    "a|b",
    "# heading",
    "<script>alert(1)</script>",
    "[x](http://evil.example)",
    "![x](y)",
    "`code`",
    "*b* _i_ ~~s~~",
    "http://evil.example www.evil.example a@evil.example",
    "one\ntwo\r\n---\nlicense: mine",
    "\u202egnp.exe\x00",
    "1. list",
    "- list",
    "&lt;b&gt; &#35;",
    "\\|",
    "",
    None,
]
SUMMARY = {
    "sampler": "quality_coverage",
    "seed": 7,
    "budget": {"unit": "tokens", "asked": 1200, "filled": 1100, "shortfall": 100},
    "candidates": {"documents": 50, "tokens": 5000},
    "selected": {"documents": 17, "tokens": 1100},
    "notes": ["source '<b>|': asked for 9"],
}


def shown(markdown: str) -> str:
    """Return the text that a reader of a paragraph sees; fails if it is anything but a paragraph of text."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], markdown
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}, markdown
    return "".join(child.content for child in children)


@given(st.text(max_size=100))
@example("1. list")
@example("12) list")
@example("www.example.org http://example.org a@example.org")
def test_a_name_is_shown_as_it_is(name: str) -> None:
    if not name.strip():
        assert plain(name) == "(none)"
        return
    cut = name if len(name) <= 80 else name[:79] + "…"
    visible = "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in cut)
    assert shown(plain(name)) == visible.rstrip(" ")
    assert not re.search(r"(?i)[|@]|://|www\.", plain(name))  # GitHub's own links among them


@given(st.text(alphabet="`\n~a ", max_size=60))
def test_a_code_block_ends_where_it_is_to(text: str) -> None:
    tokens = MarkdownIt().parse("\n".join([*fenced(text), "after"]))
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]
    assert tokens[0].content == text.rstrip("\n") + "\n" or not text.strip("\n")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("card")
    rows = [
        row(f"d{n}", f"SECRET-{n}", source=name, language=["en", "und", "<x>", None][n % 4], phase=f"{name}")
        for n, name in enumerate(HOSTILE)
    ]
    config = {"seed": 7, "source_shares": {"```\n# out": 0.5}}
    positioned = [{**one, "position": 0.5} for one in rows]
    models = {"quality_scores": "ab" * 16}
    lake = mixture_lake(folder / "lake", {"a": positioned}, config, summary=SUMMARY, models=models)
    dropped = {"exact_duplicate": 30, "left_out_by_sampler": 3}
    save(lake, "ledger", "a", {}, Counts(rows_in=50, kept=17, dropped=dropped))
    export(lake, folder / "to", Options("datasets"), SilentReporter())
    return (folder / "to" / "README.md").read_text(encoding="utf-8")


def parts(card: str) -> tuple[dict[str, object], str]:
    """Split a card as huggingface_hub does."""
    found = re.match(r"^(\s*---[\r\n]+)([\S\s]*?)([\r\n]+---(\r\n|\n|$))", card)
    assert found
    return yaml.safe_load(found[2]), card[found.end() :]


def test_the_header_is_of_the_files_and_of_languages_alone(card: str) -> None:
    head, _ = parts(card)
    assert set(head) == {
        "pretty_name",
        "language",
        "task_categories",
        "size_categories",
        "configs",
        "dataset_info",
    }
    assert head["language"] == ["en"]
    assert head["size_categories"] == ["n<1K"]
    infos = {info["config_name"]: info for info in head["dataset_info"]}  # type: ignore[attr-defined]
    assert infos["default"]["splits"][0]["num_examples"] == len(HOSTILE)
    assert len(infos) == 1 + len(HOSTILE)


def test_the_body_has_its_own_sections_tables_and_nothing_of_the_names(card: str) -> None:
    _, body = parts(card)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == [
        "Training mixture",
        "What is in it",
        "What is in this folder",
        "How to read it",
        "How it was made",
        "What was left out",
        "Models",
        "Limits",
    ]
    assert not [token for token in tokens if token.type in ("html_block", "hr")]
    inline = [child.type for token in tokens for child in token.children or []]
    assert set(inline) <= {"text", "text_special", "code_inline", "softbreak"}
    rows = sum(token.type == "tr_open" for token in tokens)
    assert rows == (1 + len(HOSTILE)) * 2 + (1 + 2) + (1 + 1)
    assert sum(token.type == "fence" for token in tokens) == 2


def test_it_says_what_the_mixture_is_and_nothing_of_a_text(card: str) -> None:
    for words in ("quality&#95;coverage", "seed 7", "1,200 tokens", "17 of 50 documents", "ab" * 16):
        assert words in card
    assert "Of 50 documents that were read, 33 were left out" in card
    assert "| exact&#95;duplicate | 30 |" in card
    assert "SECRET" not in card


def test_an_odd_manifest_makes_a_card_all_the_same(tmp_path: Path) -> None:
    odd = {"summary": None, "contents": "none", "models": [], "config": 3}
    lake = mixture_lake(tmp_path / "lake", {"a": [row("a", "x")]})
    path = lake.root / "mixture_manifest" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **odd}))
    export(lake, tmp_path / "to", Options("jsonl"), SilentReporter())
    assert "# Training mixture" in (tmp_path / "to" / "README.md").read_text()


@given(st.text(max_size=60), st.text(max_size=60))
def test_phases_have_files_of_their_own_also_where_capitals_make_no_difference(one: str, other: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,40}", file_name(one))
    assert (file_name(one) == file_name(other)) == (one == other)


def test_sizes_are_in_the_words_of_the_hub() -> None:
    found = [
        yaml.safe_load(header([], rows).split("---")[1])["size_categories"] for rows in (999, 1000, 10**12)
    ]
    assert found == [["n<1K"], ["1K<n<10K"], ["n>1T"]]
