"""What ``curate doctor`` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from rich.table import Table

from curation_assets.inspection.reports import duration, plain_table
from curation_assets.inspection.scoring_time import LakeWork
from curation_assets.quality.doctor.findings import LEAST_AREA, Finding
from curation_assets.quality.doctor.judging import agreement
from curation_assets.quality.doctor.timing import Speed

EXIT_NOT_JUDGED, EXIT_BELOW = 1, 4
_KINDS = 4


@dataclass(frozen=True)
class Report:
    """All that was found.

    Attributes:
        labels: what the texts are: their file, and how many there are of either label.
        lake: None if none was asked about.
    """

    findings: Sequence[Finding]
    labels: Mapping[str, Any]
    lake: LakeWork | None = None

    @property
    def exit_code(self) -> int:
        """Return 4 if the scorer that the mixture goes by is below the least area, 1 if it does not work."""
        used = next(one for one in self.findings if one.subject.used)
        return EXIT_NOT_JUDGED if used.error else EXIT_BELOW if used.below else 0

    @property
    def judged(self) -> list[Finding]:
        return [one for one in self.findings if one.scores is not None]


def everything(report: Report) -> list[Table | str]:
    """Return all tables and lines, in their order."""
    agreed = agreement_table(report)
    told: list[Table | str] = [scorers_table(report), *legend(report), *weaknesses(report)]
    told += ["", agreed, "agreement: Spearman's rank correlation on these texts"] if agreed else []
    told += ["", *lake_words(report)] if report.lake else []
    found = warnings(report)
    return [*told, "", *found] if found else told


def scorers_table(report: Report) -> Table:
    """Return a row a scorer: how well it ranks, and how fast it is."""
    table = plain_table("scorer", "kind", "computes", right=False)
    for heading in ("AUC", "±", "left out", "docs/s", "tokens/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.findings:
        name = f"{one.subject.name} *" if one.subject.used else one.subject.name
        computes = " ".join(filter(None, (one.subject.backend, one.subject.dtype)))
        if one.area is None:
            table.add_row(name, one.subject.kind, computes, *["-"] * 5)
            continue
        table.add_row(
            name,
            one.subject.kind,
            computes,
            f"{one.area.value:.2f}" + ("!" if one.area.value < LEAST_AREA else ""),
            "" if isnan(one.area.error) else f"{one.area.error:.2f}",
            ""
            if one.left_out is None
            else f"{one.left_out:.2f}" + ("!" if one.left_out < LEAST_AREA else ""),
            *_rates(one.speed),
        )
    return table


def _rates(speed: Speed | None) -> tuple[str, str]:
    if speed is None:
        return "", ""
    tokens = speed.tokens_per_second
    return _short(speed.documents_per_second), "" if tokens is None else _short(tokens)


def _short(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.1f} M"
    return f"{number:.1f}" if number < 100 else f"{number:,.0f}"


def weaknesses(report: Report) -> list[str]:
    """Return for each scorer against which kinds of junk its area is below the least, the worst first."""
    told = []
    for one in report.judged:
        worst = sorted((value, kind) for kind, value in one.by_junk.items() if value < LEAST_AREA)
        if worst:
            kinds = ", ".join(f"{kind} {value:.2f}" for value, kind in worst[:_KINDS])
            more = f" and {len(worst) - _KINDS} more" if len(worst) > _KINDS else ""
            told.append(f"{one.subject.name} is weak against {kinds}{more}")
    return told


def legend(report: Report) -> list[str]:
    """Return what the columns of the table are."""
    told = [
        f"{report.labels['texts']} labelled texts of {report.labels['file']}: {report.labels['informative']}"
        f" informative, {report.labels['junk']} junk. * is the column that the mixture goes by.",
        "AUC: how likely an informative text scores above junk (perplexity: below it), 0.5 is chance; ±: its"
        " standard error",
    ]
    if any(one.left_out is not None for one in report.findings):
        told.append(
            "left out: AUC on kinds of text that were left out of training, from the record of the model;"
            " the AUC beside it is on texts that it was trained on"
        )
    clocks = {one.speed.clock for one in report.findings if one.speed}
    if clocks:
        seconds = "a second of one core" if clocks == {"core"} else "a second (a core's; a server's or GPU's)"
        told.append(f"docs/s, tokens/s: of these texts, in {seconds}; tokens that are read")
    return told


def warnings(report: Report) -> list[str]:
    """Return a line for each scorer that does not work or does not help, then those that need a note."""
    told = [f"{one.subject.name} cannot score: {one.error}" for one in report.findings if one.error]
    told += [_warning(one) for one in report.findings if one.below]
    told += [
        f"{one.subject.name} was trained on these very texts: its AUC here proves nothing. Judge it on others"
        " (--labels)."
        for one in report.findings
        if one.trained and one.left_out is None
    ]
    return told


def _warning(one: Finding) -> str:
    areas = [("on kinds left out of training ", one.left_out), ("", one.area.value if one.area else None)]
    where, value = next((name, found) for name, found in areas if found is not None and found < LEAST_AREA)
    what = f"warning: {one.subject.name} has an AUC {where}of {value:.2f}, below {LEAST_AREA}: "
    if value < 1 - LEAST_AREA:
        return what + "it ranks junk above prose."
    return what + "it does not tell prose from junk."


def agreement_table(report: Report) -> Table | None:
    """Return Spearman's correlation of each two scorers; None with fewer than two."""
    judged = report.judged
    if len(judged) < 2:
        return None
    names = [one.subject.name for one in judged]
    table = plain_table("agreement", *names)
    for name, row in zip(names, agreement([_scores(one) for one in judged]), strict=True):
        table.add_row(name, *["-" if value is None else f"{value:.2f}" for value in row])
    return table


def _scores(one: Finding) -> Any:
    assert one.scores is not None
    return one.scores


def lake_words(report: Report) -> list[str]:
    """Return how long each column takes for the lake."""
    if report.lake is None:
        return []
    told, every = [], []
    for one in report.findings:
        if one.work is None:
            continue
        seconds = report.lake.seconds(one)
        every.append(seconds)
        count = "an unknown number of" if one.work.documents is None else str(one.work.documents)
        told.append(f"{one.subject.name}: {count} documents to score, {_about(seconds)}")
    known = [seconds for seconds in every if seconds is not None]
    if len(known) > 1 and len(known) == len(every):
        told.append(f"all columns together: {_about(sum(known))}")
    workers = report.lake.workplace.config.compute.worker_count()
    place = report.lake.workplace.lake.root
    measured = (
        f"measured on {len(report.lake.texts)} of its documents"
        if report.lake.texts
        else "by the texts above"
    )
    return [f"The lake {place}, with {workers} worker processes, {measured}:", *told]


def _about(seconds: float | None) -> str:
    return "time not known" if seconds is None else f"about {duration(seconds)}"


def doctor_json(report: Report) -> dict[str, Any]:
    """Return a report as plain values; null is what is not known or does not apply."""
    judged = report.judged
    return {
        "labels": dict(report.labels),
        "least_auc": LEAST_AREA,
        "use": next(one.subject.name for one in report.findings if one.subject.used),
        "exit_code": report.exit_code,
        "scorers": [_as_values(one, report.lake) for one in report.findings],
        "agreement": {
            "scorers": [one.subject.name for one in judged],
            "spearman": agreement([_scores(one) for one in judged]),
        },
        "lake": None if report.lake is None else str(report.lake.workplace.lake.root),
    }


def _as_values(one: Finding, lake: LakeWork | None) -> dict[str, Any]:
    subject, work = one.subject, one.work
    return {
        "name": subject.name,
        "kind": subject.kind,
        "configured": subject.configured,
        "used": subject.used,
        "lower_is_better": subject.lower_is_better,
        "backend": subject.backend,
        "dtype": subject.dtype,
        "error": one.error,
        "auc": one.area.value if one.area else None,
        "auc_standard_error": None if one.area is None or isnan(one.area.error) else one.area.error,
        "auc_by_kind_of_junk": one.by_junk,
        "trained_on_these_texts": one.trained,
        "auc_on_kinds_left_out": one.left_out,
        "below": one.below,
        "speed": vars(one.speed) if one.speed else None,
        "lake": None
        if lake is None or work is None
        else {
            "documents_to_score": work.documents,
            "speed": vars(work.speed) if work.speed else None,
            "seconds": lake.seconds(one),
        },
    }
