"""What is told of a document is what the tables of the lake say, recomputed here by another route."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from explained_lake import HOSTILE, PASSAGE, Planted

from curation_assets.cleaning.clean import judge
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.inspection.explaining import nearest as nearest_module
from curation_assets.inspection.explaining.explanation import explain
from curation_assets.inspection.explaining.finding import Found, document_by_id
from curation_assets.inspection.explaining.rows import RECORDS
from curation_assets.inspection.explaining.rules import judged
from curation_assets.inspection.explaining.whole import tree_of
from curation_assets.mixture.samplers.ranking import ranks_within
from resources.records import BuildRecord


def told_of(planted: Planted, record_id: str, shard: str | None = None) -> dict[str, Any]:
    doc_id = planted.doc_id(record_id, shard)
    return explain(planted.lake, document_by_id(planted.lake, doc_id, shard))


def found_of(planted: Planted, record_id: str) -> Found:
    return document_by_id(planted.lake, planted.doc_id(record_id))


def test_the_verdict_on_every_document_is_that_of_the_ledger(planted: Planted) -> None:
    for row in planted.table("ledger").iter_rows(named=True):
        verdict = explain(planted.lake, Found(row["doc_id"], row["shard"]))["verdict"]
        assert (verdict["stage"], verdict["reason"]) == (row["stage"], row["reason"])
        assert verdict["decided_by"] == row["decided_by"]
        assert verdict.get("kept_instead") == row["kept_instead"]
        assert verdict["fate"] == ("kept" if row["reason"] == "kept" else "dropped")


def test_of_two_copies_it_says_which_was_kept_and_what_is_different(planted: Planted) -> None:
    dropped, kept = told_of(planted, "shorter"), told_of(planted, "longer")
    assert dropped["verdict"]["reason"] == "near_duplicate"
    assert (
        dropped["copies"]["representative"] == planted.doc_id("longer") == dropped["verdict"]["kept_instead"]
    )
    assert 0.8 <= dropped["copies"]["similarity"] < 1
    (change,) = dropped["copies"]["kept_copy_differs"]["changes"]
    assert (change["before"], change["after"]) == ("", "The bank was the source of a flood in it.")
    (other,) = kept["copies"]["copies"]
    assert (other["doc_id"], other["kept"]) == (planted.doc_id("shorter"), False)
    assert other["similarity"] == dropped["copies"]["similarity"]
    assert dropped["quality"]["state"] == dropped["mixture"]["state"] == "dropped before"


def test_an_excerpt_names_the_document_that_has_it(planted: Planted) -> None:
    told = told_of(planted, "excerpt")
    assert told["verdict"]["reason"] == told["containment"]["drop_reason"] == "contained"
    assert told["containment"]["contained_in"] == planted.doc_id("whole") == told["verdict"]["kept_instead"]
    assert "of it is in " + planted.doc_id("whole") in words(planted, found_of(planted, "excerpt"))


def test_a_repeated_passage_is_shown(planted: Planted) -> None:
    told = [told_of(planted, name)["passages"] for name in ("first", "second")]
    (cut,) = [one for one in told if one["passages"]]
    assert PASSAGE[40:150] in cut["excerpts"][0]
    assert cut["repeated_tokens"] >= 50


def test_an_item_of_an_evaluation_set_is_named(planted: Planted) -> None:
    told = told_of(planted, "leaked")
    assert told["verdict"]["reason"] == "contaminated"
    assert told["contamination"]["sets"] == ["exam"]
    assert "n-grams of the item exam:0" in words(planted, found_of(planted, "leaked"))


def test_masks_of_cleaning_are_shown_where_they_are(planted: Planted) -> None:
    told = told_of(planted, "masked")["cleaning"]
    assert told["edits"] == {"pii_emails": 1}
    (change,) = told["diff"]["changes"]
    assert (change["before"], change["after"]) == ("anna.santos@kontor-nord.de", "<EMAIL>")


def test_thresholds_are_those_of_the_build_not_the_defaults(planted: Planted) -> None:
    rules = {rule["rule"]: rule for rule in told_of(planted, "spam")["cleaning"]["rules"]}
    assert rules["gopher_top_2_gram"]["threshold"] == 0.25
    assert CleaningConfig().gopher_repetition.top_2_gram != 0.25


def test_the_rule_that_decided_is_the_first_that_fails(planted: Planted) -> None:
    told = told_of(planted, "spam")["cleaning"]
    failed = [rule for rule in told["rules"] if not rule["passes"]]
    assert len(failed) > 1
    assert (
        [rule["rule"] for rule in failed if rule["decided"]] == [told["drop_reason"]] == [failed[0]["rule"]]
    )


def test_rules_of_single_languages_and_unmeasured_values_are_judged_as_cleaning_does(
    planted: Planted,
) -> None:
    config = CleaningConfig.model_validate(
        {"language": {"allowed": ["en", "de"], "minimum_scores": {"en": 1.0}, "minimum_line_share": 0.5}}
    )
    frame = planted.table("clean_documents").with_columns(language_lines=pl.lit(None, pl.Float64))
    for row in frame.iter_slices(1):
        verdict = judge(row, config)
        rules = judged(verdict, config.model_dump(mode="json"))
        assert rules is not None
        assert next((one.rule for one in rules if not one.passes), None) == verdict["drop_reason"][0]
    by_rule = {one.rule: one for one in rules}
    assert by_rule["language_uncertain"].threshold == 1.0
    assert by_rule["language_mixed"].passes


def test_ranks_are_those_among_the_documents_of_the_same_language_and_source(planted: Planted) -> None:
    columns = ["doc_id", "shard", "language", "source"]
    frame = planted.table("quality_scores").join(
        planted.table("clean_documents").select(columns), on=["doc_id", "shard"]
    )
    frame = frame.join(planted.table("density_estimates"), on=["doc_id", "shard"])
    group = (
        frame.select(pl.struct("language", "source").rank("dense"))["language"].to_numpy().astype(np.uint64)
    )
    assert len(set(group.tolist())) > 1
    for name, part in (("ask_llm", "quality"), ("density", "density")):
        shares = ranks_within(frame[name].to_numpy(), group)
        for place, row in enumerate(frame.iter_rows(named=True)):
            told = explain(planted.lake, Found(row["doc_id"], row["shard"]))[part]
            rank = (told["scores"]["ask_llm"] if part == "quality" else told)["rank"]
            alike = frame[name].to_numpy()[group == group[place]]
            assert rank["place"] == 1 + int((alike > row[name]).sum())
            assert rank["of"] == len(alike)
            assert rank["share"] == pytest.approx(shares[place])


def test_the_nearest_documents_are_those_of_a_search_by_hand(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = planted.table("embeddings")
    matrix = vectors["embedding"].to_numpy().astype(np.float64)
    cosines = matrix @ matrix[0] / np.linalg.norm(matrix, axis=1) / np.linalg.norm(matrix[0])
    cosines[0] = -np.inf
    best = np.sort(cosines)[::-1][: nearest_module.COUNT]
    found = Found(vectors["doc_id"][0], vectors["shard"][0])
    near = explain(planted.lake, found)["density"]["neighbours"]
    assert [one["cosine"] for one in near["documents"]] == pytest.approx(best.tolist(), abs=1e-6)
    assert (near["stored"], near["among"], near["of"]) == (False, vectors.height, vectors.height)
    monkeypatch.setattr(nearest_module, "SAMPLED", 3)
    near = explain(planted.lake, found)["density"]["neighbours"]
    assert (near["among"], near["of"]) == (3, vectors.height)
    assert "within a sample of 3" in words(planted, found)


def test_stored_neighbours_come_first(place: Planted) -> None:
    stored = pl.read_parquet(place.lake.table_path("neighbours", "a.jsonl"))
    other = place.doc_id("masked")
    doc_id = place.doc_id("plain-5")
    mine = pl.col("doc_id") == doc_id
    stored = stored.with_columns(
        neighbours=pl.when(mine).then(pl.lit([other])).otherwise("neighbours"),
        similarities=pl.when(mine).then(pl.lit([0.5], pl.List(pl.Float32))).otherwise("similarities"),
    )
    stored.write_parquet(place.lake.table_path("neighbours", "a.jsonl"))
    near = explain(place.lake, Found(doc_id, "a.jsonl"))["density"]["neighbours"]
    assert near["stored"]
    assert [(one["doc_id"], one["shard"], one["cosine"]) for one in near["documents"]] == [
        (other, "a.jsonl", 0.5)
    ]


def test_a_document_of_the_mixture_has_its_topic_phase_and_chance(planted: Planted) -> None:
    row = planted.table("mixture_plan").filter("selected").row(0, named=True)
    told = explain(planted.lake, Found(row["doc_id"], row["shard"]))
    assert told["mixture"]["inclusion_probability"] == row["inclusion_probability"]
    assert told["mixture"]["phases"] == row["phases"]
    assert told["mixture"]["settings"]["minimum_rank"] == 0.2
    assert told["topics"]["words"]
    assert "taken, weight 1" in words(planted, Found(row["doc_id"], row["shard"]))


def test_the_position_and_the_text_are_those_of_the_file(planted: Planted) -> None:
    told = told_of(planted, "hostile")["read"]
    assert told["position"] == 11
    assert told["excerpt"].startswith(HOSTILE[:20])


def words(planted: Planted, found: Found) -> str:
    return "\n".join(tree_of(explain(planted.lake, found)).lines())


@pytest.mark.parametrize(
    "table",
    [
        "quality_scores",
        "mixture_plan",
        "dedup_clusters",
        "ledger",
        "embeddings",
        "topics",
        "density_estimates",
    ],
)
def test_a_stage_that_is_not_built_is_told_and_the_rest_is_shown(place: Planted, table: str) -> None:
    found = Found(place.doc_id("masked"), "a.jsonl")
    place.lake.discard(RECORDS.get(table, table), "a.jsonl")
    told = explain(place.lake, found)
    assert told["cleaning"]["state"] == "there"
    text = "\n".join(tree_of(told).lines())
    if table in ("ledger", "embeddings"):  # no part of their own: the verdict is the same without
        assert "is not built" not in text
    else:
        assert f"{table} is not built yet; curate run builds it" in text
    if table == "mixture_plan":
        assert told["verdict"]["fate"] == "undecided"


def test_a_failed_shard_says_why_and_a_stale_one_that_it_is_stale(place: Planted) -> None:
    found = Found(place.doc_id("masked"), "a.jsonl")
    place.lake.save_record(
        BuildRecord(
            stage="quality_scores", shard="a.jsonl", fingerprint="", code_version="", error="disk \x1b full"
        )
    )
    density = place.lake.read("density_estimates", "a.jsonl").filter(pl.col("doc_id") != found.doc_id)
    place.lake.write("density_estimates", "a.jsonl", density)
    text = words(place, found)
    assert "quality_scores failed (disk \\x1b full); curate run tries it again" in text
    assert "density_estimates is older than this document" in text


def test_without_recorded_settings_it_says_so(place: Planted) -> None:
    for path in (place.lake.root / "_state" / "_settings").iterdir():
        path.unlink()
    told = told_of(place, "spam")
    assert told["cleaning"]["rules"] == []
    assert told["verdict"]["reason"] == told["cleaning"]["drop_reason"]
    assert "are not on record" in "\n".join(tree_of(told).lines())


def test_a_lake_as_old_as_the_first_version_lacks_columns_and_is_still_told(place: Planted) -> None:
    """Columns that are gone, or not there yet, are left out rather than asked for."""
    for table in ("clean_documents", "quality_scores"):
        path = place.lake.table_path(table, "b.jsonl")
        frame = pl.read_parquet(path)
        frame.drop(
            [name for name in ("gopher_top_2_gram", "ask_llm") if name in frame.columns]
        ).write_parquet(path)
    found = Found(place.doc_id("plain-5"), "a.jsonl")
    scores = explain(place.lake, found)["quality"]["scores"]
    assert (
        scores["ask_llm"]["rank"]["of"] < scores["quality"]["rank"]["of"]
        or scores["ask_llm"]["rank"]["of"] > 0
    )
    assert "gopher_top_2_gram" not in {rule["rule"] for rule in told_of(place, "spam")["cleaning"]["rules"]}


def test_nothing_is_written_into_the_lake(place: Planted) -> None:
    def stamps() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in place.lake.root.rglob("*")}

    before = stamps()
    told_of(place, "masked")
    assert stamps() == before
