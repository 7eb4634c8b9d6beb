"""The figures of groups, topics, the map, copies, labels and samples on the page, by SQL, on both lakes."""

import json
import re

import pytest
from told_page import ALL, STAGES, World, agrees, percent, shown, words


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
