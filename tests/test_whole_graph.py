"""The whole graph on small inboxes with tiny models: what a user relies on from one end to the other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from lake_files import tables
from small_inboxes import prose, write_jsonl

from curation_assets.graph import STAGES
from curation_assets.inspection.status import status
from curation_assets.runner import StageSummary, build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute

Open = Callable[..., Workplace]
Built = tuple[Workplace, dict[str, StageSummary]]


def build(workplace: Workplace, workers: int = 1) -> dict[str, StageSummary]:
    compute = Compute(workers)
    try:
        return {summary.stage: summary for summary in build_everything(workplace, compute)}
    finally:
        compute.close()


def read(workplace: Workplace, table: str) -> pl.DataFrame:
    return pl.read_parquet(workplace.lake.root / table / "*.parquet")


@pytest.fixture
def built(open_workplace: Open, small_inbox: Path) -> Built:
    workplace = open_workplace()
    return workplace, build(workplace)


def test_every_row_of_the_inbox_is_accounted_for(built: Built) -> None:
    workplace, summaries = built
    raw, quarantine, ledger = (read(workplace, table) for table in ("raw_documents", "quarantine", "ledger"))
    assert raw.height + quarantine.height == 11
    assert ledger.height == raw.height
    assert set(ledger["doc_id"]) == set(raw["doc_id"])
    assert quarantine["reason"].to_list() == ["invalid_json"]
    for summary in summaries.values():
        assert summary.counts.balanced, summary
    kept = ledger.filter(pl.col("reason") == "kept")
    assert set(kept["doc_id"]) == set(read(workplace, "mixture")["doc_id"])


def test_spam_and_copies_are_dropped_for_a_reason_that_the_ledger_names(
    built: Built,
) -> None:
    workplace, _ = built
    raw = read(workplace, "raw_documents").select("doc_id", "record_id")
    ledger = (
        read(workplace, "ledger").join(raw, on="doc_id").rows_by_key("record_id", named=True, unique=True)
    )
    assert ledger["a-3"]["stage"] == "clean_documents"
    assert ledger["a-3"]["decided_by"]
    copies = [ledger[name] for name in ("a-1", "b-1") if ledger[name]["reason"] == "exact_duplicate"]
    assert len(copies) == 1
    assert copies[0]["kept_instead"] in {ledger["a-1"]["doc_id"], ledger["b-1"]["doc_id"]}
    near = [ledger[name] for name in ("a-0", "c-0") if ledger[name]["reason"] == "near_duplicate"]
    assert len(near) == 1
    assert 0.8 <= near[0]["similarity"] < 1


def test_two_lakes_are_the_same_bytes(open_workplace: Open, small_inbox: Path) -> None:
    one, other = open_workplace(lake="one"), open_workplace(lake="other")
    build(one)
    build(other, workers=2)
    assert tables(one.lake.root) == tables(other.lake.root)
    assert any(path.startswith("mixture_jsonl/") for path in tables(one.lake.root))


def test_a_second_run_builds_nothing(built: Built, open_workplace: Open) -> None:
    workplace, _ = built
    before = tables(workplace.lake.root)
    again = build(open_workplace())
    assert {name: summary.built for name, summary in again.items()} == dict.fromkeys(again, 0)
    assert tables(workplace.lake.root) == before


def test_touching_a_file_builds_nothing(built: Built, open_workplace: Open, small_inbox: Path) -> None:
    (small_inbox / "a.jsonl").touch()
    again = build(open_workplace())
    assert sum(summary.built for summary in again.values()) == 0


@pytest.mark.parametrize("change", ["add", "edit", "delete"])
def test_a_changed_inbox_gives_the_lake_of_a_rebuild(
    change: str, built: Built, open_workplace: Open, small_inbox: Path
) -> None:
    if change == "add":
        write_jsonl(small_inbox / "d.jsonl", [prose(8), prose(4)])
    elif change == "edit":
        write_jsonl(small_inbox / "a.jsonl", [prose(1), prose(9)])
    else:
        (small_inbox / "a.jsonl").unlink()
    incremental = open_workplace()
    build(incremental)
    scratch = open_workplace(lake="scratch")
    build(scratch)
    assert tables(incremental.lake.root) == tables(scratch.lake.root)


def test_an_edited_document_costs_one_score(built: Built, open_workplace: Open, small_inbox: Path) -> None:
    write_jsonl(small_inbox / "b.jsonl", [prose(4), prose(2), prose(50)], source="web")
    workplace = open_workplace()
    summaries = build(workplace)
    assert summaries["clean_documents"].built == 1
    record = workplace.lake.record("quality_scores", "b.jsonl")
    assert record is not None
    assert record.figures["documents_scored_anew"] == 1


def test_a_threshold_of_the_mixture_costs_no_score(
    built: Built, open_workplace: Open, tiny_config: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(tiny_config.read_text().replace("fraction: 0.5", "fraction: 0.2"))
    summaries = build(open_workplace(config=changed))
    rebuilt = {name for name, summary in summaries.items() if summary.built}
    assert rebuilt == {"mixture_plan", "mixture", "ledger", "mixture_manifest"}


def test_with_the_cache_carried_along_another_machine_needs_no_model(
    built: Built, open_workplace: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is computed there that rounding could change: the bytes are the same on any processor."""
    here, there = built[0], open_workplace(lake="there")
    shutil.copytree(here.lake.root / "_cache", there.lake.root / "_cache")

    def no_model(*_: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("curation_assets.quality.ask_llm.scorer.Scorer.score", no_model)
    monkeypatch.setattr("curation_assets.embeddings.stage.load_embedder", no_model)
    summaries = build(there)
    assert not any(summary.failed for summary in summaries.values())
    assert tables(there.lake.root) == tables(here.lake.root)


def test_a_bad_shard_fails_alone(open_workplace: Open, small_inbox: Path) -> None:
    (small_inbox / "bad.parquet").write_bytes(b"PAR1 but not really")
    (small_inbox / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00")
    workplace = open_workplace()
    summaries = build(workplace)
    assert set(summaries["raw_documents"].failed) == {"bad.parquet", "cut.jsonl.gz"}
    assert summaries["mixture"].shards == 3
    failed = {line.shard for line in status(open_workplace()) if line.state == "failed"}
    assert failed == {"bad.parquet", "cut.jsonl.gz"}
    shutil.rmtree(workplace.lake.root)
    for name in ("bad.parquet", "cut.jsonl.gz"):
        (small_inbox / name).unlink()
    without = open_workplace(lake="without")
    build(without)
    assert "mixture/a.jsonl.parquet" in tables(without.lake.root)


def test_a_shard_that_goes_bad_is_taken_out_again(
    built: Built, open_workplace: Open, small_inbox: Path
) -> None:
    (small_inbox / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00")
    (small_inbox / "a.jsonl").write_bytes(b"\xff" * 10)
    (small_inbox / "a.jsonl").unlink()
    incremental, scratch = open_workplace(), open_workplace(lake="scratch")
    build(incremental)
    build(scratch)
    assert tables(incremental.lake.root) == tables(scratch.lake.root)


def test_an_empty_inbox_gives_an_empty_mixture(open_workplace: Open) -> None:
    workplace = open_workplace()
    summaries = build(workplace)
    manifest = json.loads((workplace.lake.root / "mixture_manifest" / "manifest.json").read_bytes())
    assert manifest["contents"] == []
    assert summaries["raw_documents"].shards == 0
    assert not any(summary.failed for summary in summaries.values())


def test_odd_shards_have_a_clear_outcome(open_workplace: Open, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "empty.jsonl").write_bytes(b"")
    (inbox / "only_bad.jsonl").write_bytes(
        b'{"no": 1}\nnot json\n{"text": {"a": 1}}\n{"text": ""}\n\xff\xfe\n'
    )
    (inbox / "nul.jsonl").write_text(json.dumps({"text": prose(1) + "\x00 and after"}) + "\n")
    (inbox / "a b'; DROP.jsonl").write_text(json.dumps({"text": prose(2)}) + "\n")
    (inbox / "long.jsonl").write_text(json.dumps({"text": "x" * 50_000_000}) + "\n")
    workplace = open_workplace()
    summaries = build(workplace)
    assert not any(summary.failed for summary in summaries.values()), summaries
    quarantine = read(workplace, "quarantine")
    by_shard = dict(quarantine.group_by("shard").len().iter_rows())
    assert by_shard == {"only_bad.jsonl": 5, "long.jsonl": 1}
    assert read(workplace, "raw_documents").height == 2
    assert not read(workplace, "clean_documents")["text"].str.contains("\x00", literal=True).any()
    assert all(
        "/" not in shard and "'" not in shard and ".." not in shard for shard in workplace.inbox.shards
    )


def test_status_follows_the_inbox(built: Built, open_workplace: Open, small_inbox: Path) -> None:
    assert {line.state for line in status(open_workplace())} == {"fresh"}
    write_jsonl(small_inbox / "a.jsonl", [prose(1), prose(9)])
    write_jsonl(small_inbox / "new.jsonl", [prose(10)])
    lines = {(line.stage, line.shard): line for line in status(open_workplace())}
    assert lines["raw_documents", "a.jsonl"].state == "stale"
    assert lines["raw_documents", "b.jsonl"].state == "fresh"
    assert lines["clean_documents", "a.jsonl"].state == "stale"
    assert lines["clean_documents", "b.jsonl"].state == "fresh"
    assert lines["raw_documents", "new.jsonl"].state == "missing"
    assert lines["dedup_clusters", "_lake"].state == "stale"
    assert len({stage for stage, _ in lines}) == len(STAGES)


def test_identical_records_in_two_shards(open_workplace: Open, tmp_path: Path, tiny_config: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / "inbox" / name
        folder.mkdir(parents=True)
        row = {"id": "same", "text": prose(3)}
        (folder / "s.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    with_dedup = open_workplace(lake="with")
    build(with_dedup)
    assert read(with_dedup, "mixture_plan").height == 1
    settings = tmp_path / "off.yaml"
    changed = tiny_config.read_text().replace("fraction: 0.5", "fraction: 1.0") + "dedup: {enabled: false}\n"
    settings.write_text(changed)
    without = open_workplace(lake="without", config=settings)
    build(without)
    assert read(without, "mixture").select("doc_id", "shard").n_unique() == 4
    assert read(without, "ledger")["reason"].to_list() == ["kept"] * 4


@pytest.mark.parametrize("table", ["clean_documents", "dedup_clusters", "mixture_plan", "mixture"])
def test_a_table_that_somebody_removed_is_built_again(table: str, built: Built, open_workplace: Open) -> None:
    workplace, _ = built
    before = tables(workplace.lake.root)
    (workplace.lake.root / table / "a.jsonl.parquet").unlink()
    assert {line.state for line in status(open_workplace())} != {"fresh"}
    build(open_workplace())
    assert tables(workplace.lake.root) == before
