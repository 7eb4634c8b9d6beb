"""Every figure of a report is computed again by another route, SQL over the tables, and agrees."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from report_lake import report_lake, write_labels

from curation_assets.inspection.versions import kept
from curation_assets.report.collecting import collect
from curation_assets.report.counting import LENGTHS
from curation_assets.report.figures import Amounts, Distribution, Figures
from resources.lake import Lake

TABLES = (
    "raw_documents", "clean_documents", "ledger", "dedup_clusters", "embeddings", "quality_scores",
    "mixture_plan", "topics", "quarantine",
)  # fmt: skip
AMOUNTS = """
    count(*), count(p.doc_id), count(*) FILTER (l.stage IS NULL), sum(c.characters)::BIGINT,
    coalesce(sum(c.characters) FILTER (p.doc_id IS NOT NULL), 0)::BIGINT,
    coalesce(sum(c.characters) FILTER (l.stage IS NULL), 0)::BIGINT,
    coalesce(sum(q.tokens), 0)::BIGINT, coalesce(sum(q.tokens) FILTER (l.stage IS NULL), 0)::BIGINT
"""
JOINED = """
    FROM ledger l JOIN clean_documents c USING (doc_id, shard) LEFT JOIN mixture_plan p USING (doc_id, shard)
    LEFT JOIN quality_scores q USING (doc_id, shard) LEFT JOIN topics t USING (doc_id, shard)
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return report_lake(tmp_path_factory.mktemp("report") / "lake")


@pytest.fixture(scope="module")
def labels(lake: Lake) -> Path:
    return write_labels(lake.root.parent / "labels.jsonl", [f"part-{at}.jsonl" for at in range(4)])


@pytest.fixture(scope="module")
def figures(lake: Lake, labels: Path) -> Figures:
    return collect(lake, labels)


@pytest.fixture(scope="module")
def sql(lake: Lake, labels: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for table in TABLES:
            files = str(lake.root / table / "*.parquet")
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}')")
        old = lake.root / "_versions" / kept(lake)[-2].mixture_id / "ledger.parquet"
        connection.execute(f"CREATE VIEW earlier AS SELECT * FROM read_parquet('{old}')")
        connection.execute(
            f"CREATE VIEW labels AS SELECT * FROM read_json('{labels}', format = 'newline_delimited')"
        )
        yield connection


def rows(sql: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return sql.execute(query).fetchall()


def test_all_amounts_are_those_of_the_tables(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    (told,) = rows(sql, f"SELECT {AMOUNTS} {JOINED}")
    assert figures.total == Amounts(*told)
    assert figures.total.mixture > 20
    assert figures.shards == rows(sql, "SELECT count(DISTINCT shard) FROM ledger")[0][0]
    quarantined = dict(rows(sql, "SELECT reason, count(*) FROM quarantine GROUP BY ALL"))
    assert figures.quarantined == quarantined


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("sources", "c.source"),
        ("languages", "c.language"),
        ("years", r"nullif(regexp_extract(c.date, '^\s*([0-9]{4})\b', 1), '')"),
    ],
)
def test_distributions_are_those_of_the_tables(
    figures: Figures, sql: duckdb.DuckDBPyConnection, name: str, key: str
) -> None:
    told = rows(sql, f"SELECT {key}, {AMOUNTS} {JOINED} GROUP BY 1")
    found: Distribution = getattr(figures, name)
    assert dict(found.groups) == {row[0]: Amounts(*row[1:]) for row in told}
    assert None in found.groups


def test_lengths_are_those_of_the_tables(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    for at, (name, amounts) in enumerate(figures.lengths.groups.items()):
        low = int(str(name).split()[0].replace(",", ""))
        later = [edge for edge in LENGTHS if edge > low]
        below = f"AND c.characters < {later[0]}" if later else ""
        (told,) = rows(sql, f"SELECT {AMOUNTS} {JOINED} WHERE c.characters >= {low} {below}")
        assert amounts.documents == told[0], at
        assert amounts.mixture == told[2]
    assert sum(one.documents for one in figures.lengths.groups.values()) == figures.total.documents


def test_steps_and_reasons_add_up_to_the_ledger(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    told = rows(sql, "SELECT stage, reason, count(*) FROM ledger WHERE stage IS NOT NULL GROUP BY ALL")
    found = {(drop.stage, drop.reason, drop.documents) for step in figures.steps for drop in step.drops}
    assert found == set(told)
    for before, after in zip(figures.steps[:-1], figures.steps[1:], strict=True):
        assert before.left == after.came
    assert figures.steps[0].came == figures.total.documents
    assert figures.steps[-1].left == figures.total.mixture


@pytest.mark.parametrize("name", ["quality", "density"])
def test_histograms_hold_every_candidate(figures: Figures, sql: duckdb.DuckDBPyConnection, name: str) -> None:
    found = getattr(figures, name)
    for at, (low, high) in enumerate(zip(found.edges[:-1], found.edges[1:], strict=True)):
        last = "<=" if at == len(found.edges) - 2 else "<"
        told = rows(
            sql,
            "SELECT count(*), count(*) FILTER (stage IS NULL) FROM ledger "
            "JOIN mixture_plan USING (doc_id, shard) "
            f"WHERE {name} >= {low!r}::DOUBLE AND {name} {last} {high!r}::DOUBLE",
        )
        assert told == [(found.candidates[at], found.mixture[at])]
    assert sum(found.candidates) + found.unknown == figures.total.candidates


def effective(sql: duckdb.DuckDBPyConnection, key: str, where: str) -> tuple[int, float]:
    query = f"""WITH parts AS (SELECT count(*) AS n {JOINED} WHERE {where} GROUP BY {key}),
        shares AS (SELECT n / sum(n) OVER () AS p FROM parts)
        SELECT count(*), exp(-sum(p * ln(p))) FROM shares"""
    return rows(sql, query)[0]


def test_the_three_axes_are_those_of_the_tables(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    raw, candidates, mixture, previous = figures.sides
    cleaned = rows(sql, "SELECT 1 - avg((stage IS NOT DISTINCT FROM 'clean_documents')::INT) FROM ledger")
    assert raw.passed == pytest.approx(cleaned[0][0])
    for side, where in ((raw, "true"), (candidates, "p.doc_id IS NOT NULL"), (mixture, "l.stage IS NULL")):
        assert side.sources == pytest.approx(effective(sql, "c.source", where))
        assert side.languages == pytest.approx(effective(sql, "c.language", where))
        if side is raw:
            continue
        assert side.topics == pytest.approx(effective(sql, "t.topic", where))
        told = f"SELECT avg(l.quality), median(l.quality), median(l.density) {JOINED} WHERE {where}"
        found = (side.mean_quality, side.median_quality, side.median_density)
        assert found == pytest.approx(rows(sql, told)[0])
    assert (mixture.tokens, candidates.tokens) == (
        figures.total.mixture_tokens,
        figures.total.candidate_tokens,
    )
    told = rows(sql, "SELECT count(*), avg(quality), median(quality) FROM earlier WHERE stage IS NULL")[0]
    assert (previous.documents, previous.mean_quality, previous.median_quality) == pytest.approx(
        told, rel=1e-6
    )
    before = "FROM earlier e JOIN clean_documents c USING (doc_id, shard) WHERE e.stage IS NULL"
    query = f"""WITH n AS (SELECT count(*) AS n {before} GROUP BY c.source),
        p AS (SELECT n / sum(n) OVER () AS p FROM n)"""
    assert previous.sources == pytest.approx(
        rows(sql, f"{query} SELECT count(*), exp(-sum(p * ln(p))) FROM p")[0]
    )


def test_what_came_and_went_is_the_difference_of_two_ledgers(
    figures: Figures, sql: duckdb.DuckDBPyConnection
) -> None:
    assert figures.change is not None
    query = """SELECT count(*) FROM {one} a JOIN {other} b USING (doc_id, shard)
        WHERE a.stage IS NULL AND b.stage IS NOT NULL"""
    assert sum(figures.change.came.values()) == rows(sql, query.format(one="ledger", other="earlier"))[0][0]
    assert sum(figures.change.went.values()) == rows(sql, query.format(one="earlier", other="ledger"))[0][0]
    assert figures.change.settings == ("mixture.seed",)


def test_clusters_topics_and_labels_are_those_of_the_tables(
    figures: Figures, sql: duckdb.DuckDBPyConnection
) -> None:
    told = rows(
        sql, "SELECT cluster_size, (count(*) / cluster_size)::INT FROM dedup_clusters GROUP BY cluster_size"
    )
    assert dict(figures.clusters) == dict(told)
    query = f"""SELECT t.topic, count(*), count(*) FILTER (l.stage IS NULL) {JOINED}
        WHERE t.topic IS NOT NULL GROUP BY 1"""
    assert {(one.number, one.candidates, one.mixture) for one in figures.topics} == set(rows(sql, query))
    query = """SELECT "case", count(*), count(l.doc_id),
        count(*) FILTER (l.doc_id IS NOT NULL AND l.stage IS NULL),
        count(*) FILTER (l.stage = 'clean_documents')
        FROM labels LEFT JOIN raw_documents r ON r.shard = labels.shard AND r.record_id = labels.record_id
        LEFT JOIN ledger l ON l.doc_id = r.doc_id AND l.shard = r.shard
        WHERE labels.record_id IS NOT NULL GROUP BY 1"""
    assert figures.planted is not None
    found = {one.kind: one for one in figures.planted}
    for kind, labelled, there, mixture, cleaned in rows(sql, query):
        one = found.pop(kind)
        assert (one.labelled, one.found, one.mixture) == (labelled, there, mixture)
        assert one.dropped["clean_documents"] == cleaned
    broken = found.pop("broken_row")
    assert (broken.labelled, broken.found, dict(broken.dropped)) == (1, 1, {"quarantine": 1})
    assert not found


def test_tau_is_that_of_all_pairs_of_documents(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    found = figures.agreement
    assert found.columns == ("ask_llm", "perplexity", "quality", "density", "tokens")
    assert found.scorers == 3
    sql.execute("""CREATE OR REPLACE VIEW scores AS SELECT q.doc_id, ask_llm,
        perplexity, q.quality, l.density,
        q.tokens::DOUBLE AS tokens FROM quality_scores q JOIN ledger l USING (doc_id, shard)""")
    for one, row in zip(found.columns, found.tau, strict=True):
        for other, tau in zip(found.columns, row, strict=True):
            query = f"""SELECT sum(sign(a.{one} - b.{one}) * sign(a.{other} - b.{other}))
                / sqrt(sum((a.{one} <> b.{one})::INT) * sum((a.{other} <> b.{other})::INT))
                FROM scores a JOIN scores b ON a.doc_id < b.doc_id
                WHERE NOT isnan(a.{one}) AND NOT isnan(b.{one})
                AND NOT isnan(a.{other}) AND NOT isnan(b.{other})"""
            assert tau == pytest.approx(rows(sql, query)[0][0]), (one, other)
    for one in found.differences:
        told = rows(sql, f"SELECT {', '.join(one.scorers)} FROM scores WHERE doc_id = '{one.doc_id}'")[0]
        assert told == one.values


def test_the_map_holds_the_smallest_doc_ids_where_their_vectors_put_them(
    figures: Figures, sql: duckdb.DuckDBPyConnection
) -> None:
    told = rows(
        sql,
        """SELECT e.doc_id, c.source, c.language, t.topic, l.quality, l.density, l.reason, e.embedding
        FROM embeddings e JOIN ledger l USING (doc_id, shard) JOIN clean_documents c USING (doc_id, shard)
        JOIN topics t USING (doc_id, shard) ORDER BY e.doc_id LIMIT 3000""",
    )
    found = [
        (one.doc_id, one.source, one.language, one.topic, one.quality, one.density, one.fate)
        for one in figures.points
    ]
    assert found == [row[:-1] for row in told]
    vectors = np.array([row[-1] for row in told], np.float64)
    vectors -= vectors.mean(axis=0)
    sides, sizes, _ = np.linalg.svd(vectors, full_matrices=False)
    places = np.array([(one.x, one.y) for one in figures.points])
    np.testing.assert_allclose(np.abs(places), np.abs(sides[:, :2] * sizes[:2]), atol=1e-6)


def test_samples_are_what_the_ledger_says_of_them(figures: Figures, sql: duckdb.DuckDBPyConnection) -> None:
    told = {
        row[0]: row[1:]
        for row in rows(
            sql,
            "SELECT doc_id, l.stage, l.reason, c.source, c.text "
            "FROM ledger l JOIN clean_documents c USING (doc_id, shard)",
        )
    }
    for one in figures.examples:
        stage, reason, source, text = told[one.doc_id]
        assert (one.stage, one.reason, one.source) == (stage, reason, source)
        assert text.startswith(one.text)
        assert one.cut == (len(text) > len(one.text))
    assert {one.reason for one in figures.examples} == {row[1] for row in told.values()}


def test_a_large_lake_is_sampled_alike_each_time_and_says_so(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curation_assets.report import collecting, sampling

    monkeypatch.setattr(collecting, "sampled_shards", lambda shards: sampling.sampled_shards(shards, 2))
    monkeypatch.setattr(
        collecting, "sampled_points", lambda lake, shards: sampling.sampled_points(lake, shards, 30)
    )
    one, other = collect(lake), collect(lake)
    assert one == other
    assert (one.sampled.documents, one.sampled.shards, one.sampled.of_shards) == (30, 2, 4)
    assert not one.sampled.whole
    assert one.total == collect(lake).total
    ids = [point.doc_id for point in one.points]
    within = pl.concat(
        lake.read("embeddings", shard)
        for shard in sampling.sampled_shards([f"part-{at}.jsonl" for at in range(4)], 2)
    )
    assert ids == within["doc_id"].sort().head(30).to_list()


def test_a_lake_without_a_mixture_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no mixture yet"):
        collect(Lake(tmp_path))


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"case": 1, "shard": "a"}', '{"case": "a", "shard": "b"}', "null"]
)
def test_a_line_that_is_no_label_is_named(lake: Lake, tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"case": "a", "shard": "b", "position": 1}\n' + line + "\n")
    with pytest.raises(ValueError, match="line 2 of"):
        collect(lake, path)


def test_variety_of_equal_parts_is_their_number() -> None:
    from curation_assets.report.sides import variety

    assert variety([5, 5, 5, 0]) == (3, pytest.approx(3.0))
    assert variety([]) == (0, 0.0)
    assert variety([9, 1])[1] == pytest.approx(math.exp(-0.9 * math.log(0.9) - 0.1 * math.log(0.1)))
