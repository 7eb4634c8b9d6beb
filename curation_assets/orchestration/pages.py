"""What the page of an asset in the Dagster UI shows beside figures: columns, reasons, pictures, samples.

Text that comes from documents, file names or models is data: it goes into values that Dagster shows as plain
text, never into Markdown, and what cannot be seen or moves a cursor is written out.
"""

import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from curation_assets.catalogue.lineage import origins
from curation_assets.catalogue.sentences import sentence
from curation_assets.catalogue.types import TYPES
from curation_assets.charts.plots import markdown_image
from curation_assets.charts.svg import is_nothing
from curation_assets.stage import LakeStage, Plot, Stage
from curation_assets.text.visible import visible_lines
from curation_assets.workplace import Workplace
from resources.records import BuildRecord, Counts

MOST_REASONS, MOST_CHARACTERS, SAMPLE_CHARACTERS = 30, 2_000, 200
SIGNIFICANT_DIGITS = 6
LARGEST_PICTURE = 300_000
_REASONS = dg.TableSchema(
    [
        dg.TableColumn("reason", "string"),
        dg.TableColumn("documents", "int"),
        dg.TableColumn("share", "string"),
    ]
)
_SAMPLES = dg.TableSchema(
    [
        dg.TableColumn("reason", "string"),
        dg.TableColumn("doc_id", "string"),
        dg.TableColumn("begins", "string"),
    ]
)
_TITLES = {
    "mb_per_second": "MB per second",
    "measured_by": "fingerprint of what measured",
    "model": "fingerprint of the model",
    "scorer": "fingerprint of the scorers",
    "s_curve_threshold": "S-curve threshold",
    "spearman_to_exact": "rank correlation to the exact density",
}
"""Names of figures that are not their words."""
_REPORT = ("curate", "report", "--lake")
_SAMPLED = {"clean_documents": "text"}
"""Stages of which dropped documents are shown, if that is switched on, and the column of their text."""


def titled(name: str) -> str:
    """Return how a figure is called on a page: in words."""
    return _TITLES.get(name, name.replace("_", " "))


def figures_shown(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as a page shows them: by their titles, numbers to six digits, fingerprints last."""
    last = [name for name in figures if titled(name).startswith("fingerprint")]
    ordered = [*(name for name in figures if name not in last), *last]
    return {titled(name): shown(figures[name]) for name in ordered}


def shown(value: Any, most: int = MOST_CHARACTERS) -> Any:
    """Return a value for the log: a number to six digits; of text what hides is escaped, the rest cut."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if not isinstance(value, str):
        return value
    text = value if len(value) <= most else value[: most - 1] + "…"
    return visible_lines(text)


def about(stage: Stage, workplace: Workplace, table: str | None = None) -> Mapping[str, Any]:
    """Return what an asset's definition says before it is built: where to look closer, and its columns."""
    lake = workplace.lake.root
    tables = [table] if table else [] if isinstance(stage, LakeStage) else list(stage.tables)[:1]
    found: dict[str, Any] = {
        "report": dg.MetadataValue.path(str(lake / "report.html")),
        "report is written by": shown(shlex.join([*_REPORT, str(lake), "-o", f"{lake}/report.html"])),
    }
    for name in tables:
        if name in TYPES:
            columns = [(column, _type_name(dtype)) for column, dtype in TYPES[name].items()]
            found["dagster/column_schema"] = _schema(stage, name, tuple(columns))
    return found


def _type_name(dtype: object) -> str:
    return dtype.__name__ if isinstance(dtype, type) else str(dtype)


def columns_of(root: Path, path: str, stage: Stage) -> dict[str, Any]:
    """Return the columns of a table of the lake, a sentence for each, and which columns each comes from."""
    found = pl.scan_parquet(root / path, glob=False).collect_schema().items()
    table = path.split("/")[0]
    columns = tuple((name, _short(str(dtype))) for name, dtype in found)
    lineage = _lineage(table, tuple(name for name, _ in columns))
    return {
        "dagster/column_schema": _schema(stage, table, columns),
        **({"dagster/column_lineage": lineage} if lineage else {}),
    }


def columns_of_labels(stage: Stage) -> dict[str, Any]:
    """Return the same of the label tables of a stage over the whole lake, as they are declared."""
    table = stage.label_table if isinstance(stage, LakeStage) else ""
    if table not in TYPES:
        return {}
    columns = tuple((name, _type_name(dtype)) for name, dtype in TYPES[table].items())
    lineage = _lineage(table, tuple(TYPES[table]))
    return {
        "dagster/column_schema": _schema(stage, table, columns),
        **({"dagster/column_lineage": lineage} if lineage else {}),
    }


def _short(dtype: str) -> str:
    return dtype if len(dtype) <= 100 else dtype.split("(", maxsplit=1)[0]


def _schema(stage: Stage, table: str, columns: tuple[tuple[str, str], ...]) -> dg.TableSchema:
    return dg.TableSchema(
        [dg.TableColumn(name, dtype, description=sentence(table, name, stage)) for name, dtype in columns]
    )


@lru_cache(maxsize=64)
def _lineage(table: str, columns: tuple[str, ...]) -> dg.TableColumnLineage | None:
    deps = {
        name: [dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=column) for asset, column in known]
        for name in columns
        if (known := origins(table, name))
    }
    return dg.TableColumnLineage(deps) if deps else None


def reasons_table(counts: Counts) -> dg.TableMetadataValue:
    """Return the reasons that dropped most documents, with their share of what came in."""
    ordered = sorted(counts.dropped.items(), key=lambda item: (-item[1], item[0]))
    named, others = ordered[:MOST_REASONS], ordered[MOST_REASONS:]
    if others:
        named = [*named, (f"{len(others)} others", sum(dropped for _, dropped in others))]
    records = [
        dg.TableRecord(
            {
                "reason": shown(reason, SAMPLE_CHARACTERS),
                "documents": dropped,
                "share": f"{100 * dropped / max(counts.rows_in, 1):.1f} %",
            }
        )
        for reason, dropped in named
    ]
    return dg.MetadataValue.table(records, schema=_REASONS)


def pictures(plots: Mapping[str, Plot]) -> dict[str, dg.MarkdownMetadataValue]:
    """Return the pictures of a build by their titles, without those that show nothing."""
    drawn = {title: draw() for title, draw in plots.items()}
    return {title: picture(svg, title) for title, svg in drawn.items() if not is_nothing(svg)}


def picture(svg: bytes, title: str) -> dg.MarkdownMetadataValue:
    """Return a picture for the page of an asset, or a word in its place where it is too large for the log."""
    if len(svg) * 4 / 3 > LARGEST_PICTURE:
        return dg.MetadataValue.md(f"(a picture of {len(svg)} bytes is too large for the log)")
    return dg.MetadataValue.md(markdown_image(svg, title))


def samples_table(stage: Stage, workplace: Workplace, record: BuildRecord) -> dg.TableMetadataValue | None:
    """Return how some of the dropped documents begin, if ``checks.text_samples`` asks for it; else None."""
    most, text = workplace.config.checks.text_samples, _SAMPLED.get(stage.name)
    if not most or text is None:
        return None
    rows = workplace.lake.read(stage.name, record.shard, ["doc_id", "drop_reason", text])
    dropped = rows.filter(pl.col("drop_reason").is_not_null()).sort("doc_id").head(most)
    records = [
        dg.TableRecord(
            {
                "reason": shown(reason),
                "doc_id": shown(doc_id),
                "begins": shown(begins or "", SAMPLE_CHARACTERS),
            }
        )
        for doc_id, reason, begins in dropped.iter_rows()
    ]
    return dg.MetadataValue.table(records, schema=_SAMPLES)
