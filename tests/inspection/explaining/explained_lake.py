"""A small lake that a run has built, with planted documents that the tests of ``explain`` ask for."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml
from small_inboxes import prose

from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lake import Lake

ESCAPE = "\x1b]0;owned\x07\x1b[31mred\x1b[2J\x9b2J"
BIDI = "\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff\u2028"
HOSTILE = f"{ESCAPE} {BIDI} [bold red]markup[/] </script><script>alert(1)</script>"
PASSAGE = prose(80, 70)
ITEM = "What is the name of the river that has its source in the hills of the north and its mouth in the sea?"


@dataclass(frozen=True)
class Planted:
    """The lake, and how its records were named."""

    lake: Lake

    def doc_id(self, record_id: str, shard: str | None = None) -> str:
        raw = pl.read_parquet(self.lake.root / "raw_documents" / "*.parquet")
        rows = raw.filter(record_id=record_id)
        return (rows if shard is None else rows.filter(shard=shard))["doc_id"][0]

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.lake.root / name / "*.parquet")


def rows_of_a() -> list[dict[str, str]]:
    masked = prose(40) + " Write to anna.santos@kontor-nord.de if it was late. " + prose(41)
    rows = [{"id": f"plain-{number}", "text": prose(number), "source": "web"} for number in range(3, 12)]
    return [
        *rows,
        {"id": "longer", "text": prose(2) + " The bank was the source of a flood in it.", "source": "web"},
        {"id": "masked", "text": masked, "source": "web", "url": "https://example.org/masked/"},
        {
            "id": "hostile",
            "text": f"{HOSTILE} {prose(50)}",
            "source": f"web{ESCAPE}",
            "url": f"http://x/{BIDI}",
        },
        {"id": "twin", "text": prose(60), "source": "web"},
        {"id": "whole", "text": prose(70, 400), "source": "web"},
        {"id": "first", "text": f"{prose(71)} {PASSAGE}", "source": "web"},
    ]


def rows_of_b() -> list[dict[str, str]]:
    return [
        {"id": "shorter", "text": prose(2), "source": "web"},
        {"id": "same", "text": prose(3), "source": "books"},
        {"id": "spam", "text": "buy cheap watches " * 100, "source": "web"},
        {"id": "twin", "text": prose(60), "source": "web"},
        {"id": "excerpt", "text": ". ".join(prose(70, 400).split(". ")[2:14]) + ".", "source": "web"},
        {"id": "second", "text": f"{prose(72)} {PASSAGE}", "source": "web"},
        {"id": "leaked", "text": f"{prose(73)} {ITEM}", "source": "web"},
    ]


def build(folder: Path, config: Path) -> Path:
    """Build the inbox and the lake below a folder, and return that of the lake."""
    for name, rows in (("a", rows_of_a()), ("b", rows_of_b())):
        (folder / "inbox").mkdir(exist_ok=True)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "inbox" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    values = yaml.safe_load(config.read_text())
    (folder / "exam.txt").write_text(ITEM)
    values["contamination"] = {"files": {"exam": str(folder / "exam.txt")}}
    values["containment"] = {"enabled": True}
    values["passages"] = {"substrings": True}
    values["semantic"] = {"enabled": True, "similarity": 1.0}
    values["cleaning"] = {"gopher_repetition": {"top_2_gram": 0.25}}
    values["mixture"] = {"minimum_rank": 0.2, "budget": {"fraction": 0.6}}
    (folder / "curation.yaml").write_text(yaml.safe_dump(values))
    build_everything(Workplace.open(folder / "inbox", folder / "lake", folder / "curation.yaml"), Compute(1))
    return folder / "lake"
