"""Every figure that the page shows, as it stands there, is computed again by SQL and agrees.

On a lake that is made up, and on that of the bundled sample. What is compared is the text of the page: a
figure that is collected right and drawn wrong is found, too.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import duckdb
import pytest
from report_lake import report_lake, write_labels

from curation_assets.report.collecting import collect
from curation_assets.report.page import report
from curation_assets.workplace import PROJECT
from resources.lake import Lake

NOTHING, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
STAGES = {
    "clean_documents": "cleaning",
    "dedup_clusters": "deduplication",
    "contained_documents": "excerpts",
    "repeated_passages": "repeated passages",
    "mixture_plan": "the draw of the mixture",
}
ALL = """
    WITH q AS (SELECT * FROM quality_scores),
    p AS (SELECT doc_id, shard, true AS candidate FROM mixture_plan),
    all_documents AS (
        SELECT l.*, c.source, c.language, c.characters, c.date, c.text, t.topic,
            q.tokens, coalesce(p.candidate, false) AS candidate, l.stage IS NULL AS mixture
        FROM ledger l JOIN clean_documents c USING (doc_id, shard) LEFT JOIN p USING (doc_id, shard)
        LEFT JOIN q USING (doc_id, shard) LEFT JOIN topics t USING (doc_id, shard))
"""
SIDES = {"Raw input": "true", "Candidates": "candidate", "Mixture": "mixture"}
SAMPLE = [pytest.mark.models, pytest.mark.slow, pytest.mark.sample]


class Told(HTMLParser):
    """The tables of a page by caption (cells as text), its articles, and the text of its sections by id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.sections: dict[str, str] = {}
        self.articles: list[str] = []
        self.points: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._caption: str = ""
        self.feed(page)

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        if name in ("meta", "rect", "path", "circle", "input"):
            return
        self._open.append((name, dict(attrs)))
        if name == "caption":
            self._caption = ""
        if name == "tr":
            self.tables[self._caption][-1].append([])
        if name in ("td", "th"):
            self.tables[self._caption][-1][-1].append("")
        if name == "article":
            self.articles.append("")

    def handle_endtag(self, name: str) -> None:
        if self._open and self._open[-1][0] == name:
            self._open.pop()
        if name == "caption":
            self.tables.setdefault(self._caption, []).append([])

    def handle_data(self, text: str) -> None:
        names = [name for name, _ in self._open]
        if "script" in names:
            if self._open[-1][1].get("id") == "points":
                self.points = json.loads(text)
            return
        part = next((held["id"] for name, held in self._open if name == "section"), "head")
        if "caption" in names:
            self._caption += text
        elif "td" in names or "th" in names:
            self.tables[self._caption][-1][-1][-1] += text
        elif "article" in names:
            self.articles[-1] += f"{text}\n"
        elif "svg" not in names:
            self.sections[str(part)] = self.sections.get(str(part), "") + text

    def table(self, caption: str, headings: int) -> list[list[str]]:
        """Return the rows of the table of this caption with so many columns of figures, without its head."""
        found = [rows for rows in self.tables[caption] if len([cell for cell in rows[0] if cell]) == headings]
        assert len(found) == 1, caption
        return [[row[0], *[cell for cell in row[1:] if cell]] for row in found[0][1:]]


@dataclass(frozen=True)
class World:
    lake: Lake
    page: Told
    html: str
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(ALL + query).fetchall()

    def one(self, query: str) -> Any:
        ((value,),) = self.rows(query)
        return value


@pytest.fixture(scope="module", params=["made", pytest.param("sample", marks=SAMPLE)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "made":
        lake = report_lake(tmp_path_factory.mktemp("page") / "lake")
        labels = write_labels(lake.root.parent / "labels.jsonl", [f"part-{at}.jsonl" for at in range(4)])
    else:
        lake = Lake(request.getfixturevalue("sample_run").lake)
        labels = PROJECT / "data" / "sample_labels.jsonl"
    html = report(collect(lake, labels))
    tables = (
        "raw_documents", "clean_documents", "ledger", "dedup_clusters", "quality_scores", "mixture_plan",
        "topics", "quarantine",
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for table in tables:
            files = f"'{lake.root / table / '*.parquet'}', union_by_name = true"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
        columns = "{'case': 'VARCHAR', 'shard': 'VARCHAR', 'record_id': 'VARCHAR', 'position': 'BIGINT'}"
        connection.execute(
            f"CREATE VIEW labels AS SELECT * FROM read_json('{labels}', format = 'newline_delimited',"
            f" columns = {columns})"
        )
        yield World(lake, Told(html), html, connection)


def agrees(told: str, value: float | None) -> bool:
    """Return whether a figure as it is written, rounded as it is, is that of a value."""
    if value is None or told == NOTHING:
        return value is None and told == NOTHING
    if told == "< 0.1 %":
        return 0 < value < 0.1
    plain = (
        told.removesuffix(" %")
        .replace(",", "")
        .replace("\N{MINUS SIGN}", "-")
        .removeprefix("\N{MULTIPLICATION SIGN}")
    )
    digits, _, exponent = plain.partition("e")
    half = 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(plain) - value) <= half * (1 + 1e-6) + 1e-9 * abs(value)


def percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def shown(name: str | None, nothing: str = "(none)") -> str:
    """Return a name as the page has it: cut, and with U+FFFD for what cannot be shown."""
    if not name:
        return nothing
    cut = name if len(name) <= 60 else name[:60] + "…"
    return cut.replace("\u202e", "\ufffd")


def words(name: str) -> str:
    return name.replace("_", " ")


def test_the_flow_and_its_reasons(world: World) -> None:
    steps = world.page.table("Stages in their order", 4)
    left = world.one("SELECT count(*) FROM all_documents")
    for (stage, name), row in zip(STAGES.items(), steps, strict=True):
        gone = world.one(f"SELECT count(*) FROM all_documents WHERE stage = '{stage}'")
        assert row == [name, f"{left:,}", f"{gone:,}", f"{left - gone:,}"]
        left -= gone
    whole = world.one("SELECT count(*) FROM all_documents")
    reasons = world.page.table("Most frequent first", 3)
    if "The others" in world.page.tables:
        reasons += world.page.table("The others", 3)
    told = world.rows("""SELECT stage, reason, count(*) FROM all_documents WHERE NOT mixture
        GROUP BY ALL ORDER BY count(*) DESC, reason""")
    for row, (stage, reason, count) in zip(reasons, told, strict=True):
        assert row[:2] == [f"{words(reason)}{STAGES[stage]}", f"{count:,}"]
        assert agrees(row[2], percent(count, whole))
    lead = world.page.sections["flow"]
    share = re.search(rf"Of {whole:,} documents that were read, {left:,} \(([^)]*)\)", lead)
    assert share is not None
    assert agrees(share[1], percent(left, whole))
    unread = dict(world.rows("SELECT reason, count(*) FROM quarantine GROUP BY ALL"))
    assert f" {sum(unread.values()):,} rows could not be read" in lead
    for reason, count in unread.items():
        assert f"{words(reason)} ({count:,})" in lead
    for count in {row[2] for row in told[:3]}:
        assert f'<tspan class="drop-count">{count:,}</tspan>' in world.html


def test_every_amount_of_the_flow(world: World) -> None:
    """Three reasons of a stage, the most frequent first, and the rest in one; drawn lying and standing."""
    left = world.one("SELECT count(*) FROM all_documents")
    nodes, drops = [left], []
    for stage in STAGES:
        counts = [
            count
            for _, count in world.rows(f"""SELECT reason, count(*) FROM all_documents
            WHERE stage = '{stage}' GROUP BY ALL ORDER BY count(*) DESC, reason""")
        ]
        drops += counts[:3] + ([sum(counts[3:])] if counts[3:] else [])
        left -= sum(counts)
        nodes += [left] if counts else []
    amount, count = r"[^<]*<tspan[^>]*>([\d,]+)</tspan>", r"([\d,]+)</text>"
    drawn = {
        kind: [int(told.replace(",", "")) for told in re.findall(f'class="{kind}">{rest}', world.html)]
        for kind, rest in {"drop-name": amount, "node-name": amount, "node-count": count}.items()
    }
    assert sorted(drawn["drop-name"]) == sorted([*drops, *drops])
    assert drawn["node-name"] == nodes
    assert sorted(drawn["node-count"]) == sorted(nodes)


def test_the_worth_of_the_weights(world: World) -> None:
    """What the manifest says of it is computed again in tests/sample/test_sample_manifest.py."""
    weights = json.loads((world.lake.root / "mixture_plan" / "plan.json").read_bytes()).get("weights") or {}
    size = weights.get("effective_sample_size")
    told = re.search(r"are worth ([\d,]+) equally weighted", world.page.sections["axes"])
    assert (told is None) == (size is None)
    if told:
        assert int(told[1].replace(",", "")) == round(size)


def test_the_previous_version_and_what_came_and_went(world: World) -> None:
    versions = json.loads((world.lake.root / "_versions" / "index.json").read_bytes())
    versions = versions["versions"] if isinstance(versions, dict) else versions
    if len(versions) < 2:
        assert "No earlier version of this mixture is kept" in world.page.sections["axes"]
        return
    before = world.lake.root / "_versions" / versions[-2]["mixture_id"] / "ledger.parquet"
    world.connection.execute(f"CREATE OR REPLACE VIEW earlier AS FROM '{before}'")
    measures = {
        "Documents": "count(*)",
        "Mean score": "avg(quality)",
        "Median score": "median(quality)",
    }
    for caption, measure in measures.items():
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        value = world.one(f"SELECT {measure} FROM earlier WHERE stage IS NULL")
        assert agrees(told["Previous mixture"], float(value)), caption
    query = """SELECT count(*) FROM {} a ANTI JOIN (FROM {} WHERE stage IS NULL) b USING (doc_id, shard)
        WHERE a.stage IS NULL"""
    for word, one, other in (("Came", "ledger", "earlier"), ("Went", "earlier", "ledger")):
        count = world.one(query.format(one, other))
        (caption,) = [name for name in world.page.tables if name.startswith(f"{word}: ")]
        assert re.search(rf"^{word}: {count:,}\b", caption)
        assert sum(int(row[1].replace(",", "")) for row in world.page.table(caption, 2)) == count


def test_the_headlines(world: World) -> None:
    documents, mixture, tokens, candidate_tokens, mean, before = world.rows("""
        SELECT count(*), count(*) FILTER (mixture), sum(tokens) FILTER (mixture),
            sum(tokens) FILTER (candidate), avg(quality) FILTER (mixture), avg(quality) FILTER (candidate)
        FROM all_documents""")[0]
    head = re.findall(
        r'<div class="headline"><strong>(.*?)</strong><span>(.*?)</span><small>(.*?)</small>', world.html
    )
    assert [what for _, what, _ in head] == ["documents", "tokens", "mean score", "effective topics"]
    assert head[0][0] == f"{mixture:,}"
    assert head[0][2].endswith(f" of {documents:,} read")
    assert agrees(head[0][2].split(" of ")[0], percent(mixture, documents))
    assert head[1][0] == f"{tokens:,}"
    assert agrees(head[1][2].split(" of ")[0], percent(tokens, candidate_tokens))
    assert agrees(head[2][0], mean)
    assert agrees(head[2][2].split()[0], before)
    assert agrees(head[3][0], varied(world, "topic", "mixture")[1])
    assert agrees(head[3][2].split()[0], varied(world, "topic", "candidate")[1])


def varied(world: World, key: str, where: str) -> tuple[int, float]:
    return world.rows(f""", parts AS (SELECT count(*) AS n FROM all_documents WHERE {where} GROUP BY {key}),
        shares AS (SELECT n / sum(n) OVER () AS p FROM parts)
        SELECT count(*), exp(-sum(p * ln(p))) FROM shares""")[0]  # type: ignore[return-value]


def test_the_three_axes(world: World) -> None:
    measures = {
        "Documents": "count(*)",
        "Characters, after cleaning": "sum(characters)",
        "Tokens": "sum(tokens) FILTER (candidate)",
        "Pass the rules of cleaning": "100 * avg((stage IS DISTINCT FROM 'clean_documents')::INT)",
        "Mean score": "avg(quality) FILTER (candidate)",
        "Median score": "median(quality) FILTER (candidate)",
        "Median density (less is rarer)": "median(density) FILTER (candidate)",
    }
    known_of_raw = ("Documents", "Characters, after cleaning", "Pass the rules of cleaning")
    for caption, measure in measures.items():
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        for side, where in SIDES.items():
            if side == "Raw input" and caption not in known_of_raw:
                assert told[side] == NOTHING
            else:
                value = world.one(f"SELECT {measure} FROM all_documents WHERE {where}")
                assert agrees(told[side], float(value)), (caption, side)
    for caption, key in (("Sources", "source"), ("Languages", "language"), ("Topics", "topic")):
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        for side, where in SIDES.items():
            if side == "Raw input" and key == "topic":
                continue
            kinds, number = varied(world, key, where)
            effective, _, of = told[side].partition(" of ")
            assert of == f"{kinds:,}"
            assert agrees(effective, number), (caption, side)


def test_the_distributions(world: World) -> None:
    whole = {"Sources": "source", "Languages": "language"}
    year = r"nullif(regexp_extract(date, '^\s*([0-9]{4})\b', 1), '')"
    if "Age, by year" in world.page.tables:
        whole["Age, by year"] = year
    else:
        assert world.one(f"SELECT count(*) FROM all_documents WHERE {year} IS NOT NULL") == 0
        assert "No document has a date." in world.page.sections["distributions"]
    for caption, key in whole.items():
        told = world.rows(f"""SELECT {key}, count(*), count(*) FILTER (mixture) FROM all_documents
            GROUP BY 1 ORDER BY 2 DESC, 1 NULLS LAST""")
        found = world.page.table(caption, 4)
        others = [rows for rows in world.page.tables.get("The others", []) if rows[0][0] == key]
        found += [[row[0], *row[2:]] for rows in others for row in rows[1:]]
        by_name = {shown(name): (read, mixture) for name, read, mixture in told}
        assert {row[0] for row in found} == set(by_name)
        for name, read, mixture, kept in found:
            assert (read, mixture) == tuple(f"{count:,}" for count in by_name[name])
            assert agrees(kept, percent(by_name[name][1], by_name[name][0]))
    rows = world.page.table("Length, in characters after cleaning", 4)
    for name, read, mixture, kept in rows:
        edges = [int(part.replace(",", "")) for part in re.findall("[0-9,]+", name)]
        high = edges[1] if len(edges) > 1 else 10**15
        counts = world.rows(f"""SELECT count(*), count(*) FILTER (mixture) FROM all_documents
            WHERE characters BETWEEN {edges[0]} AND {high}""")[0]
        assert (read, mixture) == tuple(f"{count:,}" for count in counts)
        assert agrees(kept, percent(counts[1], counts[0]))
    assert sum(int(row[1].replace(",", "")) for row in rows) == world.one(
        "SELECT count(*) FROM all_documents"
    )


@pytest.mark.parametrize(
    ("caption", "column", "edge"),
    [("Score", "quality", "{at} / 10"), ("Density", "density", "low * pow(high / low, {at} / 10)")],
)
def test_the_histograms(world: World, caption: str, column: str, edge: str) -> None:
    """Ten bins of [0, 1] for a score, ten equal factors for a density; the last bin has its upper edge."""
    ends = (
        f", ends AS (SELECT min({column}) AS low, max({column}) AS high FROM all_documents WHERE candidate)"
    )
    rows = world.page.table(caption, 4)
    assert len(rows) == 10
    for at, (name, scored, mixture, kept) in enumerate(rows):
        low, high = edge.format(at=at), edge.format(at=at + 1)
        below = "true" if at == 9 else f"{column} < {high}"
        above = "true" if at == 0 else f"{column} >= {low}"
        found = world.rows(f"""{ends} SELECT any_value({low}), any_value({high}), count(*),
            count(*) FILTER (mixture) FROM all_documents, ends
            WHERE candidate AND isfinite({column}) AND {below} AND {above}""")[0]
        if found[2]:
            assert [agrees(part, value) or float(part) == float(f"{value:.3g}") for part, value in zip(
                name.split(" to "), found[:2], strict=True)] == [True, True]  # fmt: skip
        assert (scored, mixture) == tuple(f"{count:,}" for count in found[2:])
        assert agrees(kept, percent(found[3], found[2]))


def test_the_topics(world: World) -> None:
    listed = json.loads((world.lake.root / "topics" / "topics.json").read_bytes())["topics"]
    names = {topic["topic"]: topic["words"] for topic in listed}
    told = world.rows("""SELECT topic, count(*), count(*) FILTER (mixture) FROM all_documents
        WHERE topic IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1""")
    candidates, mixture = (sum(row[at] for row in told) for at in (1, 2))
    for (topic, before, after), row in zip(
        told, world.page.table("Topics, the largest first", 5), strict=True
    ):
        assert row[0].endswith(f"topic {topic}")
        assert row[0].startswith(names[topic][0])
        assert row[1:3] == [f"{before:,}", f"{after:,}"]
        assert agrees(row[3], percent(after, before))
        assert agrees(row[4], (after / mixture) / (before / candidates))
    lead = re.search(r"Of ([0-9,]+) candidates with a topic (.*?) were kept", world.page.sections["topics"])
    assert lead is not None
    assert lead[1] == f"{candidates:,}"
    assert agrees(lead[2], percent(mixture, candidates))


def test_the_map(world: World) -> None:
    """Both lakes have less than 3,000 candidates, so that all are on the map."""
    whole = world.one("SELECT count(*) FROM all_documents WHERE candidate")
    assert f"From all {whole:,} candidates." in world.page.sections["map-section"]
    assert len(world.page.points["texts"]) == world.html.count("<circle") == whole
    ways = {
        "By source": "coalesce(source, '(none)')",
        "By kept or not": "CASE WHEN mixture THEN 'in the mixture' ELSE 'not in the mixture' END",
        "By language": "coalesce(language, '(none)')",
        "By topic": "'topic ' || topic",
    }
    for caption, key in ways.items():
        told = {shown(name): count for name, count in world.rows(
            f"SELECT {key}, count(*) FROM all_documents WHERE candidate GROUP BY 1")}  # fmt: skip
        rows = {row[0]: row[1] for row in world.page.table(caption, 2)}
        rest = next((name for name in rows if name.endswith(" others")), None)
        if rest:
            left = [count for name, count in told.items() if name not in rows]
            assert (rest, rows.pop(rest)) == (f"{len(left)} others", f"{sum(left):,}")
        else:
            assert rows.keys() == told.keys()
        assert rows == {name: f"{told[name]:,}" for name in rows}
    for column in ("quality", "density"):
        limits = re.findall(r"up to ([0-9.e\N{MINUS SIGN}]+)", world.page.sections["map-section"])
        places = "[floor((len(v) - 1) * k / 8)::INT + 1 for k in [1, 2, 3, 4, 5, 6, 7]]"
        eighths = world.one(f"""SELECT list_transform({places}, lambda place: v[place]) FROM (
            SELECT list_sort(list({column})) AS v FROM all_documents
            WHERE candidate AND isfinite({column}))""")
        for value in eighths:
            assert any(agrees(one, value) for one in limits), (column, value, limits)
    by_id = {row[0]: row[1:] for row in world.rows(
        "SELECT doc_id, text, quality, density, mixture, reason FROM all_documents WHERE candidate"
    )}  # fmt: skip
    for line in world.page.points["lines"]:
        parts = line.rsplit(" · ", 4)
        _, quality, density, mixture, reason = by_id[parts[-1]]
        assert agrees(parts[1].removeprefix("quality "), quality)
        assert agrees(parts[2].removeprefix("density "), density)
        assert parts[3] == ("in the mixture" if mixture else words(reason))


def test_the_copies(world: World) -> None:
    groups, beyond, largest = (
        world.rows("""SELECT coalesce(sum(1 / cluster_size) FILTER (cluster_size > 1), 0),
        coalesce(sum(1 - 1 / cluster_size), 0), max(cluster_size) FROM dedup_clusters""")[0]
    )
    lead = world.page.sections["clusters"]
    assert f"{round(groups):,} clusters of copies hold {round(beyond):,} documents beyond" in lead
    assert f"the largest has {largest:,} documents" in lead
    rows = world.page.table("Clusters by their size", 3)
    for name, clusters, documents in rows:
        size = int(name.split()[0].replace(",", ""))
        count = world.one(f"SELECT count(*) FROM dedup_clusters WHERE cluster_size = {size}")
        assert (clusters, documents) == (f"{count // size:,}", f"{count:,}")
    assert sum(int(row[2].replace(",", "")) for row in rows) == world.one(
        "SELECT count(*) FROM dedup_clusters"
    )


def test_the_agreement_of_scores(world: World) -> None:
    names = world.page.tables["Kendall's τ"][0][0][1:]
    world.connection.execute(f"""CREATE OR REPLACE TEMP TABLE scores AS {ALL}
        SELECT row_number() OVER () AS at, q.* EXCLUDE (tokens), l.density, q.tokens::DOUBLE AS tokens
        FROM q JOIN ledger l USING (doc_id, shard)""")
    for row in world.page.tables["Kendall's τ"][0][1:]:
        for other, told in zip(names, row[1:], strict=True):
            value = world.connection.execute(f"""SELECT sum(sign(a.{row[0]} - b.{row[0]}) *
                sign(a.{other} - b.{other})) / sqrt(sum((a.{row[0]} <> b.{row[0]})::INT)
                * sum((a.{other} <> b.{other})::INT)) FROM scores a JOIN scores b ON a.at < b.at
                WHERE NOT isnan(a.{row[0]}) AND NOT isnan(b.{row[0]}) AND NOT isnan(a.{other})
                AND NOT isnan(b.{other})""").fetchall()[0][0]
            assert agrees(told, value), (row[0], other)


def test_the_labels(world: World) -> None:
    world.connection.execute(f"""CREATE OR REPLACE TEMP TABLE fates AS {ALL}
        SELECT labels."case" AS kind, count(*) AS labelled, count(*) FILTER (l.doc_id IS NOT NULL OR
            u.position IS NOT NULL) AS found,
            count(*) FILTER (l.doc_id IS NOT NULL AND l.stage IS NULL) AS got,
            {", ".join(f"count(*) FILTER (l.stage = '{stage}') AS {stage}" for stage in STAGES)},
            count(*) FILTER (u.position IS NOT NULL) AS quarantine
        FROM labels LEFT JOIN raw_documents r ON r.shard = labels.shard AND
            (r.record_id = labels.record_id OR (labels.record_id IS NULL AND r.position = labels.position))
        LEFT JOIN ledger l ON l.doc_id = r.doc_id AND l.shard = r.shard
        LEFT JOIN quarantine u ON labels.record_id IS NULL AND u.shard = labels.shard
            AND u.position = labels.position
        GROUP BY 1""")
    of_input = world.one("SELECT (SELECT count(*) FROM all_documents) + (SELECT count(*) FROM quarantine)")
    of_mixture = world.one("SELECT count(*) FROM all_documents WHERE mixture")
    kinds = world.page.table("By kind", 5)
    assert len(kinds) == world.one("SELECT count(*) FROM fates")
    for name, labelled, got, before, after in kinds:
        row = world.rows(f"SELECT labelled, got FROM fates WHERE replace(kind, '_', ' ') = '{name}'")[0]
        assert (labelled, got) == (f"{row[0]:,}", f"{row[1]:,}")
        assert agrees(before, percent(row[0], of_input))
        assert agrees(after, percent(row[1], of_mixture))
    ((heading, *rows),) = world.page.tables["Where they were dropped"]
    columns = {name: stage for stage, name in STAGES.items()} | {
        "reading (quarantine)": "quarantine",
        "in the mixture": "got",
        "labelled": "labelled",
        "found": "found",
    }
    for row in rows:
        chosen = ", ".join(columns[name] for name in heading[1:])
        told = world.rows(f"SELECT {chosen} FROM fates WHERE replace(kind, '_', ' ') = '{row[0]}'")[0]
        assert row[1:] == [f"{count:,}" for count in told]


def test_the_samples(world: World) -> None:
    by_id = {row[0]: row[1:] for row in world.rows(
        "SELECT doc_id, reason, stage, quality, text, source, decided_by FROM all_documents"
    )}  # fmt: skip
    looked_at = 0
    for article in world.page.articles:
        lines = article.split("\n")
        if " of \n" not in article:
            continue  # one of those where scores differ
        doc_id = lines[lines.index(" of ") - 1]
        reason, stage, quality, text, _source, decided_by = by_id[doc_id]
        assert lines[0] == ("kept" if stage is None else words(reason))
        begins = text.split("\n")[0][:30].replace("\u202e", "\ufffd")
        assert not begins.isprintable() or begins in article
        told = next((line for line in lines if re.fullmatch(r"quality [0-9].*", line)), None)
        assert (told is None) == (quality is None)
        assert told is None or agrees(told.removeprefix("quality "), quality)
        for number, whole in zip(*(re.findall(r"[0-9]+\.[0-9]+", part or "") for part in (
            lines[1], decided_by)), strict=True):  # fmt: skip
            assert float(number) == pytest.approx(float(whole), rel=1e-3)
        looked_at += 1
    assert looked_at >= 8
