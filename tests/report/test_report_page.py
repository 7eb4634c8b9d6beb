"""The page as a reader and an attacker see it: its tables, what is escaped, what may load, its size."""

import base64
import dataclasses
import hashlib
import json
import re
import shlex
import shutil
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from report_lake import HOSTILE, report_lake, write_labels

from curation_assets.cli import main
from curation_assets.config import Config
from curation_assets.graph import STAGES
from curation_assets.orchestration.pages import about
from curation_assets.report.collecting import collect
from curation_assets.report.figures import Figures, Point, Step
from curation_assets.report.markup import Html, data, number, share, tag
from curation_assets.report.page import report
from curation_assets.report.sankey import Flow, flows, tall, wide
from curation_assets.report.scatter import fitting
from curation_assets.workplace import Workplace
from resources.lake import Lake

MOST_BYTES = 3_000_000
VOID = {"meta", "input", "rect", "path", "circle", "br"}


class Page(HTMLParser):
    """Collects the elements, the attributes, the text of tables by caption, and blocks of script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[tuple[str, str, str]] = set()
        self.open: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.caption = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[name] += 1
        self.attributes |= {(name, key, value or "") for key, value in attrs}
        if name not in VOID:
            self.open.append(name)
        if name == "script":
            self.scripts.append((dict(attrs), ""))
        if name == "caption":
            self.caption = ""
        if name == "tr":
            self.tables.setdefault(self.caption, []).append([])
        if name in ("td", "th"):
            self.tables[self.caption][-1].append("")

    def handle_endtag(self, name: str) -> None:
        if name not in VOID:
            assert self.open.pop() == name

    def handle_data(self, text: str) -> None:
        if "script" in self.open:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + text)
        elif "caption" in self.open:
            self.caption += text
        elif "td" in self.open or "th" in self.open:
            self.tables[self.caption][-1][-1] += text


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return report_lake(tmp_path_factory.mktemp("page") / "lake <b>")


@pytest.fixture(scope="module")
def figures(lake: Lake) -> Figures:
    return collect(lake, write_labels(lake.root.parent / "labels.jsonl", ["part-0.jsonl"]))


@pytest.fixture(scope="module")
def html(figures: Figures) -> str:
    return report(figures)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_of_a_document_is_markup(html: str, page: Page) -> None:
    assert not page.open, "an element is not closed"
    known = (
        "html head meta title style body script header main footer nav section h1 h2 h3 p div span strong "
        "small a ul li figure figcaption svg rect path circle text tspan table caption thead tbody tr th td "
        "details summary fieldset legend label input article pre bdi code"
    )
    assert set(page.tags) <= set(known.split())
    assert page.tags["script"] == 2
    assert page.tags["style"] == 1
    assert not [one for one in page.attributes if one[1].startswith("on") or one[1] in ("src", "style")]
    assert all(value.startswith("#") for _, key, value in page.attributes if key == "href")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200f\ufffe\ud800-\udfff]", html)


def test_the_texts_are_shown_as_they_are(figures: Figures, page: Page) -> None:
    block = json.loads(page.scripts[0][1])
    assert page.scripts[0][0]["type"] == "application/json"
    assert "<" not in page.scripts[0][1]
    assert any("</script><script>window.harmed = 1</script>" in text for text in block["texts"])
    assert len(block["texts"]) == len(figures.points) == page.tags["circle"]
    for way in block["ways"]:
        assert len(way["codes"]) == len(figures.points)


def test_only_the_style_and_the_script_of_the_page_are_allowed(html: str, page: Page) -> None:
    (policy,) = [value for name, key, value in page.attributes if key == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    style = re.search("<style>(.*?)</style>", html, re.S)
    assert style is not None
    for text, rule in ((style[1], "style-src"), (page.scripts[1][1], "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
        assert "http" not in text
        assert "@import" not in text
        assert "url(" not in text
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_the_tables_hold_the_figures(figures: Figures, page: Page) -> None:
    drops = {
        (drop.reason.replace("_", " "), f"{drop.documents:,}")
        for step in figures.steps
        for drop in step.drops
    }
    told = page.tables["Most frequent first"][1:]
    for reason, amount in drops:
        assert any(row[0].startswith(reason) and row[2] == amount for row in told)
    sources = {row[0]: row[2:4] for row in page.tables["Sources"][1:]}
    for name, amounts in figures.sources.groups.items():
        shown = "(none)" if name is None else name.replace("\u202e", "\ufffd")
        assert sources[shown] == [f"{amounts.documents:,}", f"{amounts.mixture:,}"]
    topics = [row[2:4] for row in page.tables["Topics, the largest first"][1:]]
    assert topics == [[f"{one.candidates:,}", f"{one.mixture:,}"] for one in figures.topics]
    assert figures.planted is not None
    kinds = [row[2:4] for row in page.tables["By kind"][1:]]
    assert kinds == [[f"{one.labelled:,}", f"{one.mixture:,}"] for one in figures.planted]
    steps = [row[1:] for row in page.tables["Stages in their order"][1:]]
    assert steps == [
        [f"{step.came:,}", f"{step.came - step.left:,}", f"{step.left:,}"] for step in figures.steps
    ]
    documents = [row[2] for row in page.tables["Documents"][1:]]
    assert documents == [f"{side.documents:,}" for side in figures.sides]
    tau = [[cell.replace("\u2212", "-") for cell in row[1:]] for row in page.tables["Kendall's τ"][1:]]
    assert tau == [[f"{value:.2f}" for value in row] for row in figures.agreement.tau]


def test_headings_go_down_one_level_at_a_time_and_pictures_have_words(html: str, page: Page) -> None:
    levels = [int(level) for level in re.findall("<h([1-6])", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for picture in re.findall("<svg[^>]*>", html):
        assert "aria-label=" in picture or 'aria-hidden="true"' in picture
    ids = [value for _, key, value in page.attributes if key == "id"]
    assert all(value[1:] in ids for _, key, value in page.attributes if key == "href")
    assert "lang" in {key for name, key, _ in page.attributes if name == "html"}


def test_a_page_of_the_worst_texts_is_small_enough(figures: Figures) -> None:
    texts = ("<" * 120, "\U0001f9ea" * 120, "\\" * 120, "\x00" * 120, "漢" * 120)
    points = tuple(
        Point(
            at % 61,
            at % 97,
            f"{at:032x}",
            "<" * 50 + str(at),
            "&" * 40,
            at,
            1 / (at + 1),
            None,
            "<" * 40,
            texts[at % 5],
        )
        for at in range(3000)
    )
    html = report(dataclasses.replace(figures, points=points))
    assert len(html.encode()) < MOST_BYTES
    assert not Page(html).open


def test_an_empty_lake_has_a_page_too(figures: Figures, tmp_path: Path) -> None:
    lake = report_lake(tmp_path / "lake", shards=1, each=8)
    for table in ("ledger", "clean_documents", "mixture_plan", "quality_scores", "topics", "embeddings",
                  "dedup_clusters", "quarantine", "raw_documents"):  # fmt: skip
        lake.write(table, "part-0.jsonl", lake.read(table, "part-0.jsonl").clear())
    path = lake.root / "mixture_manifest" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "contents": []}))
    nothing = collect(lake)
    assert nothing.total.documents == 0
    assert not Page(report(nothing)).open


def test_the_command_writes_a_page_and_says_what_is_in_it(lake: Lake, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["report", "--lake", str(lake.root), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert "MB about 360 documents" in done.output
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = tmp_path / "again.html"
    CliRunner().invoke(main, ["report", "--lake", str(lake.root), "-o", str(again)])
    assert again.read_bytes() == target.read_bytes()


def test_pages_do_not_go_into_the_lake_nor_where_nothing_can_be_written(lake: Lake) -> None:
    for commands in (["report", "-o"], ["diff", "latest~1", "latest", "--page"]):
        table = f"{lake.root}/ledger/x.html"
        inside = CliRunner().invoke(main, [*commands, table, "--lake", str(lake.root)])
        assert inside.exit_code == 2
        assert "choose a place outside of it" in inside.output
        nowhere = CliRunner().invoke(main, [*commands, "/proc/x.html", "--lake", str(lake.root)])
        assert nowhere.exit_code == 1
        assert "/proc/x.html: cannot be written" in nowhere.output
    assert not (lake.root / "ledger" / "x.html").exists()


def test_the_command_that_every_page_of_an_asset_names_writes_the_report(lake: Lake, tmp_path: Path) -> None:
    here = tmp_path / "a b"
    shutil.copytree(lake.root, here)
    page = about(STAGES[0], Workplace(tmp_path, Lake(here), Config()))
    program, *arguments = shlex.split(page["report is written by"])
    assert program == "curate"
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert Path(page["report"].value).stat().st_size > 10_000


def test_a_lake_that_a_run_has_left_half_done_gets_a_sentence(tmp_path: Path) -> None:
    lake = report_lake(tmp_path / "lake", shards=2, each=30)
    ledger = lake.read("ledger", "part-0.jsonl")
    lake.write("ledger", "part-0.jsonl", ledger.with_columns(stage=pl.lit("mixture_plan")))
    done = CliRunner().invoke(main, ["report", "--lake", str(lake.root), "-o", str(tmp_path / "a.html")])
    assert done.exit_code == 1
    assert "curate run brings them together" in done.output


def test_a_wrong_lake_gets_a_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["report", "--lake", str(tmp_path / "none"), "-o", str(tmp_path / "a.html")]
    )
    assert done.exit_code == 1
    assert done.output.strip().endswith("curate run makes one")
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(
        main, ["report", "--lake", str(tmp_path / "empty"), "-o", str(tmp_path / "a.html")]
    )
    assert "no mixture yet: curate run makes one" in done.output
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_escapes_all_but_markup(text: str) -> None:
    made = tag("p", text, title=text, hidden=False, class_="a")
    assert isinstance(made, Html)
    parsed = Page(made)
    assert set(parsed.tags) == {"p"}
    assert {key for _, key, _ in parsed.attributes} == {"title", "class"}
    block = data({"text": text}, "points")
    assert json.loads(Page(block).scripts[0][1]) == {"text": text}


def test_numbers_are_written_for_readers() -> None:
    assert [number(value) for value in (None, float("nan"), 1234, 0.97312, -0.5, 1e-7, 0.0)] == [
        "\u2013", "\u2013", "1,234", "0.973", "\u22120.500", "1.00e\u221207", "0.00",
    ]  # fmt: skip
    assert [share(1, 3), share(1, 10_000), share(0, 5), share(1, 0)] == [
        "33.3 %",
        "< 0.1 %",
        "0.0 %",
        "\u2013",
    ]
    assert fitting("<" * 10, 30) == "<" * 5 + "…"


def test_the_flow_is_drawn_from_the_first_stage_to_the_last(figures: Figures) -> None:
    nodes = flows(figures.steps, {}, "in the mixture")
    assert nodes[0].documents == figures.total.documents
    assert nodes[-1].documents == figures.total.mixture
    for before, after in pairwise(nodes):
        assert before.documents - sum(count for _, count in before.dropped) == after.documents
    for picture in (wide(nodes, "label"), tall(nodes, "label")):
        assert picture.count("flow dropped") == sum(len(node.dropped) for node in nodes)
        assert "NaN" not in picture
    alone = flows((Step("clean_documents", 0, (), 0),), {}, "in the mixture")
    assert alone == [Flow("read", 0)]
    assert "<svg" in wide(alone, "")


def test_the_report_reads_no_column_of_texts_but_of_its_samples(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, tuple[str, ...]]] = []
    whole = Lake.read

    def watched(self: Lake, table: str, shard: str, columns: list[str] | None = None) -> pl.DataFrame:
        read.append((table, tuple(columns or ["*"])))
        return whole(self, table, shard, columns)

    monkeypatch.setattr(Lake, "read", watched)
    collect(lake)
    assert read
    assert not [one for one in read if {"text", "embedding", "*"} & set(one[1])]
