"""A leaked item on its way through the whole graph, and what a changed evaluation set builds again."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import yaml
from small_inboxes import prose, write_jsonl

from curation_assets.graph import STAGES
from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lake import WHOLE_LAKE

A, B = "a.jsonl", "b.jsonl"


def outputs(workplace: Workplace) -> dict[tuple[str, str], str]:
    """Return what every build record has as its output, by stage and shard."""
    records = [workplace.lake.record(stage.name, shard) for stage in STAGES for shard in (A, B, WHOLE_LAKE)]
    return {(record.stage, record.shard): record.output for record in records if record}


def test_a_leaked_item_is_found_and_another_set_builds_this_stage_alone(
    open_workplace: Callable[..., Workplace], tiny_config: Path, tmp_path: Path
) -> None:
    leaked, other = " ".join(prose(7).split()[20:60]), " ".join(prose(8).split()[20:60])
    exam = tmp_path / "exam.txt"
    exam.write_text(leaked.upper() + "\n")
    config = tmp_path / "curation.yaml"
    values = yaml.safe_load(tiny_config.read_text()) | {"contamination": {"files": {"exam": "./exam.txt"}}}
    config.write_text(yaml.safe_dump(values))
    write_jsonl(tmp_path / "inbox" / A, [prose(7), prose(1)])
    write_jsonl(tmp_path / "inbox" / B, [prose(8), prose(2), prose(3)])
    build_everything(open_workplace(config=config), Compute(1))
    place = open_workplace(config=config)
    assert found(place) == {A: ["exam:0"], B: []}
    before = outputs(place)
    exam.write_text(other + "\n")
    build_everything(open_workplace(config=config), Compute(1))
    assert found(place) == {A: [], B: ["exam:0"]}
    after = outputs(open_workplace(config=config))
    changed = {stage for (stage, shard), output in after.items() if before[stage, shard] != output}
    assert "contamination" in changed
    assert changed.isdisjoint({"clean_documents", "repeated_passages", "quality_scores", "embeddings"})


def found(workplace: Workplace) -> dict[str, list[str]]:
    tables = {shard: workplace.lake.read("contamination", shard) for shard in (A, B)}
    return {shard: table.filter(pl.col("contaminated"))["item"].to_list() for shard, table in tables.items()}
