"""The three axes of curation: quantity, quality and coverage of the input, the mixture, the one before."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.inspection.version_diff import difference, reasons
from curation_assets.inspection.versions import Version, kept, ledger_of, manifest_of
from curation_assets.report.counting import Counted
from curation_assets.report.figures import Amounts, Change, Distribution, Side
from resources.lake import Lake

CLEANING = "clean_documents"


def sides(
    counted: Counted, total: Amounts, sources: Distribution, languages: Distribution, topics: Distribution
) -> tuple[Side, Side, Side]:
    """Return the input, the candidates, and the mixture."""
    cleaned = int(counted.fates.filter(pl.col("stage") == CLEANING)["documents"].sum())

    def varied(parts: Distribution, name: str) -> tuple[int, float]:
        return variety(getattr(amounts, name) for amounts in parts.groups.values())

    raw = Side(
        "Raw input",
        total.documents,
        total.characters,
        passed=1 - cleaned / total.documents if total.documents else None,
        sources=varied(sources, "documents"),
        languages=varied(languages, "documents"),
    )
    chosen = []
    for name, column, mask in (
        ("Candidates", "candidates", np.ones_like(counted.kept)),
        ("Mixture", "mixture", counted.kept),
    ):
        quality = _known(counted.quality[mask])
        chosen.append(
            Side(
                name,
                getattr(total, column),
                total.mixture_characters if column == "mixture" else total.candidate_characters,
                total.mixture_tokens if column == "mixture" else total.candidate_tokens,
                passed=1.0,
                mean_quality=float(quality.mean()) if len(quality) else None,
                median_quality=_median(quality),
                median_density=_median(_known(counted.density[mask])),
                sources=varied(sources, column),
                languages=varied(languages, column),
                topics=varied(topics, column) if topics.groups else None,
            )
        )
    return raw, chosen[0], chosen[1]


def previous(lake: Lake, mixture_id: str) -> tuple[Version, Version] | None:
    """Return the version before the mixture that the lake holds, and its own; None where one is not kept."""
    versions = kept(lake)
    own = next((at for at in reversed(range(len(versions))) if versions[at].mixture_id == mixture_id), None)
    if not own:
        return None
    return versions[own - 1], versions[own]


def side_of(lake: Lake, version: Version) -> Side:
    """Return what is kept of an earlier version: amounts, scores, sources and languages, but no topics."""
    contents = manifest_of(lake, version)["contents"]
    ledger = ledger_of(lake, version)
    kept_rows = pl.col("stage").is_null()
    scores = ledger.filter(kept_rows).select(pl.col("quality").cast(pl.Float64)).collect()["quality"]
    quality = _known(scores.fill_null(np.nan).to_numpy())
    return Side(
        "Previous mixture",
        version.documents,
        tokens=version.tokens,
        passed=1.0,
        mean_quality=float(quality.mean()) if len(quality) else None,
        median_quality=_median(quality),
        sources=variety(_documents_by(contents, "source").values()),
        languages=variety(_documents_by(contents, "language").values()),
    )


def change(lake: Lake, old: Version, new: Version) -> Change:
    """Return what came and went between two versions."""
    found = difference(lake, old, new)
    came, went = ({why: rows.height for why, rows in reasons(table)} for table in (found.came, found.went))
    return Change(old.mixture_id, old.time, came, went, tuple(found.config))


def variety(documents: Iterable[int]) -> tuple[int, float]:
    """Return how many groups have documents, and the effective number of groups.

    exp of Shannon's entropy of the shares: Hill's number of order 1 (Hill, Ecology 54, 1973, equation 1).
    """
    amounts = [number for number in documents if number > 0]
    whole = sum(amounts)
    entropy = -math.fsum(number / whole * math.log(number / whole) for number in amounts) if whole else 0.0
    return len(amounts), math.exp(entropy) if amounts else 0.0


def _documents_by(contents: list[Mapping[str, Any]], name: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in contents:
        totals[row[name]] = totals.get(row[name], 0) + int(row["documents"])
    return totals


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def _median(values: NDArray[np.float64]) -> float | None:
    return float(np.median(values)) if len(values) else None
