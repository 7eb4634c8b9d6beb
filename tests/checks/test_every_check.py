"""Every check says what it means and what to do, blocks or warns, and fails on a planted fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from made_lake import note

from curation_assets.checks import history
from curation_assets.checks.registry import DROPPING, checks_of
from curation_assets.config import Config
from curation_assets.definitions import definitions
from curation_assets.graph import STAGES, stage_named
from curation_assets.mixture.checks import look_at_contents
from curation_assets.orchestration import asset_factory
from curation_assets.orchestration.events import CHECK_ADVICE, CHECK_NAME, STRUCTURE, check_evaluation, look
from curation_assets.shards.checks import look_for_quarantined_rows
from curation_assets.workplace import PROJECT, Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord, Counts

DOCUMENTED = (PROJECT / "docs" / "inspection.md").read_text(encoding="utf-8")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    (tmp_path / "inbox").mkdir()
    return Workplace(tmp_path / "inbox", Lake(tmp_path / "lake"), Config())


def specs(workplace: Workplace) -> dict[tuple[str, str], dg.AssetCheckSpec]:
    found = definitions(workplace).asset_checks or []
    listed = [spec for one in found for spec in one.check_specs]  # type: ignore[union-attr]
    return {(spec.asset_key.to_user_string(), spec.name): spec for spec in listed}


def test_all_checks_say_what_they_mean_and_what_to_do_and_those_of_structure_block(
    workplace: Workplace,
) -> None:
    found = specs(workplace)
    for stage in STAGES:
        names = {CHECK_NAME, STRUCTURE, *(check.name for check in checks_of(stage))}
        assert {name for asset, name in found if asset == stage.name} == names
    for (_, name), spec in found.items():
        meaning, _, advice = str(spec.description).partition(" If it fails: ")
        assert meaning.endswith(".")
        assert len(meaning.split()) >= 6
        assert advice.endswith(".")
        assert len(advice.split()) >= 6
        assert spec.blocking == (name in (CHECK_NAME, STRUCTURE))
        assert f"| `{name}` |" in DOCUMENTED


def test_the_table_of_checks_in_the_documentation_names_their_assets() -> None:
    rows = dict(
        line.removeprefix("| `").split("` | ", 1)
        for line in DOCUMENTED.splitlines()
        if line.startswith("| `") and line.count("|") == 6
    )
    for stage in STAGES:
        for check in checks_of(stage):
            assert f"`{stage.name}`" in rows[check.name].split("|")[0]


def test_conservation_that_fails_says_what_to_do(workplace: Workplace) -> None:
    sound = BuildRecord(
        stage="a", shard="b", fingerprint="", code_version="", counts=Counts(rows_in=3, kept=3)
    )
    lost = sound.model_copy(update={"counts": Counts(rows_in=3, kept=2)})
    failed = sound.model_copy(update={"error": "ValueError: odd"})
    told = [check_evaluation(record) for record in (sound, lost, failed)]
    assert [one.passed for one in told] == [True, False, False]
    assert [one.severity for one in told] == [dg.AssetCheckSeverity.ERROR] * 3
    assert "what to do" not in told[0].metadata
    assert {one.metadata["what to do"].value for one in told[1:]} == {CHECK_ADVICE}
    for counts, record in ((lost.counts, None), (Counts(rows_in=2, kept=2), sound)):
        result = asset_factory._check_result(counts, record)
        assert not result.passed
        assert result.metadata["what to do"].value == CHECK_ADVICE
    assert asset_factory._check_result(sound.counts, sound).passed


def test_rows_that_could_not_be_read_are_told_by_reason(workplace: Workplace) -> None:
    rows = pl.DataFrame({"reason": ["invalid_json", "no_text", "invalid_json"]})
    workplace.lake.write("quarantine", "a", rows)
    assert look_for_quarantined_rows(workplace, "a") == (False, {"invalid_json": 2, "no_text": 1})
    workplace.lake.write("quarantine", "a", rows.clear())
    assert look_for_quarantined_rows(workplace, "a") == (True, {})


ROW = {"source": "web", "language": "en", "documents": 2, "tokens": 30, "token_share": 1.0}


@pytest.mark.parametrize(
    ("contents", "passes"),
    [
        ([ROW], True),
        ([], False),
        ([ROW, {**ROW, "documents": 0}], False),
        ([ROW, {**ROW, "source": None}], False),
        ([ROW, {**ROW, "language": None}], False),
        ([ROW, {**ROW, "tokens": -1}], False),
        ([ROW, {**ROW, "token_share": None}], False),
        ([ROW, {**ROW, "token_share": 1.5}], False),
    ],
)
def test_a_table_of_contents_that_makes_no_sense_is_told(
    workplace: Workplace, contents: list[Any], passes: bool
) -> None:
    data = json.dumps({"contents": contents}).encode()
    workplace.lake.write_file("mixture_manifest/manifest.json", data)
    assert look_at_contents(workplace, WHOLE_LAKE)[0] == passes


@pytest.mark.parametrize("stage", DROPPING)
def test_drop_rates_of_every_stage_that_drops_are_held_against_earlier_builds(
    workplace: Workplace, stage: str
) -> None:
    (check,) = [one for one in checks_of(stage_named(stage)) if one.name == "drop_rates_as_before"]
    shard = "a" if stage in history.SHARD_STAGES else WHOLE_LAKE

    def built(output: str, dropped: int) -> tuple[bool, Any]:
        if stage == history.OUTLIERS:  # it flags documents, and the plan leaves them out
            note(workplace.lake, stage, shard, output, Counts(rows_in=1000, kept=1000))
            record = workplace.lake.record(stage, shard)
            assert record is not None
            workplace.lake.save_record(record.model_copy(update={"figures": {"outliers": dropped}}))
        else:
            counts = Counts(rows_in=1000, kept=1000 - dropped, dropped={"odd": dropped})
            note(workplace.lake, stage, shard, output, counts)
        return look(check, workplace, WHOLE_LAKE)

    assert built("one", 50)[0]
    history.keep(workplace)
    assert built("two", 60)[0]
    passed, metadata = built("three", 400)
    assert not passed
    reason = "outlier" if stage == history.OUTLIERS else "odd"
    assert f"{reason}: 40.0%, was 5.0% to 5.0%" in metadata["outside the range"]
    assert metadata["what to do"]
    assert not built("four", 0)[0], "what is not dropped any more is told, too"


def test_every_stage_that_names_documents_to_leave_out_has_the_check() -> None:
    """Those with a column drop_reason or outlier in their main table, and the plan."""
    naming: Callable[[Any], bool] = lambda stage: bool({"drop_reason", "outlier"} & set(stage.columns or ()))  # noqa: E731
    named = {stage.name for stage in STAGES if naming(stage)}
    assert named - {"raw_documents"} <= set(DROPPING)
