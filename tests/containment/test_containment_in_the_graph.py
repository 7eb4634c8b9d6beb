"""An excerpt on its way through the whole graph: dropped for its book, and back when that is gone."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import yaml
from lake_files import tables
from small_inboxes import prose, write_jsonl

from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute


def ledger(workplace: Workplace) -> pl.DataFrame:
    return pl.read_parquet(workplace.lake.root / "ledger" / "*.parquet")


def test_an_excerpt_gives_way_to_its_book_and_comes_back(
    open_workplace: Callable[..., Workplace], tiny_config: Path, tmp_path: Path
) -> None:
    settings = yaml.safe_load(tiny_config.read_text()) | {"containment": {"enabled": True}}
    config = tmp_path / "curation.yaml"
    config.write_text(yaml.safe_dump(settings))
    book = "\n\n".join(prose(number, 200) for number in range(12))
    excerpt = " ".join(book.split()[1_000:1_200]) + "."
    inbox = tmp_path / "inbox"
    write_jsonl(inbox / "book.jsonl", [book])
    write_jsonl(inbox / "page.jsonl", [excerpt, prose(50)])
    build_everything(open_workplace(config=config), Compute(1))
    lines = ledger(open_workplace(config=config)).rows_by_key("shard", named=True)
    (whole,) = lines["book.jsonl"]
    page, other = sorted(lines["page.jsonl"], key=lambda line: line["position"])
    assert (page["stage"], page["reason"]) == ("contained_documents", "contained")
    assert (page["kept_instead"], page["kept_instead_shard"]) == (whole["doc_id"], "book.jsonl")
    assert page["decided_by"].startswith("containment = ")
    assert page["quality"] is None
    assert other["quality"] is not None
    (inbox / "book.jsonl").unlink()
    build_everything(open_workplace(config=config), Compute(1))
    assert "contained" not in set(ledger(open_workplace(config=config))["reason"])
    again = open_workplace(lake="again", config=config)
    build_everything(again, Compute(1))
    assert tables(tmp_path / "lake") == tables(again.lake.root)
