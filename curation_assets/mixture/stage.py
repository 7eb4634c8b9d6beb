"""Builds the plan of the mixture, and the mixture itself by shard."""

import contextlib
import json
from collections.abc import Sequence
from functools import partial

import polars as pl

from curation_assets.charts.curves import curve
from curation_assets.charts.plots import bars, histogram
from curation_assets.counting import count_survivors
from curation_assets.mixture.config import Format, MixtureConfig
from curation_assets.mixture.export import jsonl_bytes
from curation_assets.mixture.labels import LabelTables
from curation_assets.mixture.phases import with_shares_of_files
from curation_assets.mixture.plan import Plan, plan
from curation_assets.mixture.reading import read_candidates
from curation_assets.progress import Progress
from curation_assets.section import Section
from curation_assets.stage import Built, BuiltLabels, LakeStage, Plot, Previous, ShardStage
from curation_assets.survivors import survivors
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts

LABELS = "mixture_labels"


def settings(workplace: Workplace) -> MixtureConfig:
    """Return the settings of the plan: all but the formats of the files, which are the mixture's own.

    Shares that a file gives are there as they are in it now; of a file that cannot be read, the name.
    """
    config = workplace.config.mixture
    allocation = config.allocation
    with contextlib.suppress(ValueError):
        allocation = with_shares_of_files(allocation)
    return config.model_copy(update={"formats": MixtureConfig().formats, "allocation": allocation})


def build_plan(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    made = _plan(workplace, shards, progress)
    return _built(made, workplace.config.mixture, shards, unchanged=())


def update_plan(
    workplace: Workplace, shards: Sequence[str], _previous: Previous, progress: Progress
) -> BuiltLabels:
    """Build the plan, which every document has a part in, and name the label tables that it leaves alone."""
    made = _plan(workplace, shards, progress)
    tables = LabelTables(made, shards)
    unchanged = {shard for shard, table in tables.items() if _in_place(workplace.lake, shard, table)}
    changed = [shard for shard in shards if shard not in unchanged]
    return _built(made, workplace.config.mixture, changed, sorted(unchanged))


def _plan(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Plan:
    config = workplace.config.mixture
    return plan(read_candidates(workplace.lake, shards, config, progress), config)


def _built(
    made: Plan, config: MixtureConfig, changed: Sequence[str], unchanged: Sequence[str]
) -> BuiltLabels:
    return BuiltLabels(
        labels=LabelTables(made, changed),
        unchanged=unchanged,
        files={"mixture_plan/plan.json": _json(made.summary)},
        figures={"candidates": len(made.candidates), "selected": int(made.taken.sum())},
        plots={
            "inclusion probability": partial(
                histogram, made.probability, "Candidates", "inclusion probability"
            ),
            "quality and coverage": partial(_tradeoff, made, config),
        },
    )


def _tradeoff(made: Plan, config: MixtureConfig) -> bytes:
    """Draw what each alpha would give; the one that the mixture has stands out."""
    points = made.phases[0].figures.curve
    chosen = config.alpha if config.sampler == "quality_coverage" else None
    return curve(
        [(point.mean_rank, point.coverage, f"alpha {point.alpha:g}") for point in points],
        "Quality and coverage",
        "mean rank of quality",
        "overlap with an even spread",
        next((place for place, point in enumerate(points) if point.alpha == chosen), None),
    )


def _in_place(lake: Lake, shard: str, table: pl.DataFrame) -> bool:
    return lake.record(LABELS, shard) is not None and lake.read("mixture_plan", shard).equals(table)


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def count_plan(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_survivors(workplace.lake, "mixture_plan", shards, reason="reason")


PLAN_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "selected": "in the mixture",
    "weight": "how often it is read in training, over all phases",
    "inclusion_probability": "chance of being taken, to six significant bits (1.6 %)",
    "phases": "the phases of training that read it: how often, and where in the phase (0 to 1)",
    "reason": "why it was not taken",
    "tokens": "length in tokens; like source, language, quality and density null unless selected",
}

MIXTURE_PLAN = LakeStage(
    name="mixture_plan",
    reads=(
        "clean_documents",
        "dedup_labels",
        "passage_labels",
        "quality_scores",
        "semantic_labels",
        "density_estimates",
        "neighbour_labels",
        "topic_labels",
        "outlier_labels",
        "contamination",
    ),
    version="5",
    settings=settings,
    build=build_plan,
    update=update_plan,
    count=count_plan,
    labels=LABELS,
    label_table="mixture_plan",
    columns=PLAN_COLUMNS,
)

MIXTURE_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text": "cleaned text",
    "source": "where it is from",
    "language": "its language",
    "url": "its address",
    "tokens": "length in tokens",
    "quality": "score, 0 to 1",
    "density": "mean kernel to the documents of the lake, to six significant bits (1.6 %)",
    "inclusion_probability": "chance of having been taken, likewise",
    "weight": "how often it is read in this phase",
    "phase": "the phase of training; a document has a row for each that reads it",
    "position": "where in the phase it is read: ascending, from 0 to 1",
}
OF_THE_TEXT = ("text", "url")
OF_THE_LABELS = [name for name in MIXTURE_COLUMNS if name not in OF_THE_TEXT]


class Files(Section):
    """The only settings of the mixture that are not in its labels."""

    part_of = "mixture"
    formats: tuple[Format, ...]


def file_settings(workplace: Workplace) -> Files:
    return Files(formats=workplace.config.mixture.formats)


def _chosen(lake: Lake, shard: str) -> pl.DataFrame:
    """Return what the labels say of the documents of the mixture, by doc_id, a row for each phase."""
    of_the_phase = {"weight": "copies", "phase": "phase", "position": "position"}
    columns = [name for name in OF_THE_LABELS if name not in of_the_phase]
    chosen = lake.read("mixture_plan", shard, [*columns, "phases", "selected"]).filter("selected")
    read = (
        chosen.drop("selected")
        .explode("phases")
        .with_columns(
            pl.col("phases").struct.field(field).alias(name) for name, field in of_the_phase.items()
        )
    )
    return read.with_columns(pl.col("weight").cast(pl.Float64)).select(OF_THE_LABELS)


JSONL = "mixture_jsonl/{shard}.jsonl"


def _mixture(lake: Lake, shard: str) -> pl.DataFrame:
    texts = survivors(lake, shard, ["doc_id", *OF_THE_TEXT])
    chosen = _chosen(lake, shard)
    return chosen.join(texts, on="doc_id", how="left", maintain_order="left").select(*MIXTURE_COLUMNS)


def build_mixture(workplace: Workplace, shard: str, progress: Progress) -> Built:
    mixture = _mixture(workplace.lake, shard)
    progress(mixture.height)
    formats = workplace.config.mixture.formats
    return Built(
        tables={"mixture": mixture},
        files={JSONL.replace("{shard}", shard): jsonl_bytes(mixture)} if "jsonl" in formats else {},
        figures={"documents": mixture.height, "tokens": int(mixture["tokens"].sum())},
        plots=_mixture_plots(mixture),
        bytes_in=int(mixture["text"].str.len_bytes().sum()),
    )


def _mixture_plots(mixture: pl.DataFrame) -> dict[str, Plot]:
    by_source = mixture.group_by(pl.col("source").fill_null("(none)"), maintain_order=True).agg(
        pl.col("tokens").sum()
    )
    quality = mixture["quality"].drop_nulls().to_numpy()
    return {
        "tokens by source": partial(bars, dict(by_source.iter_rows()), "The mixture, by source", "tokens"),
        "quality of what was taken": partial(histogram, quality, "Documents of the mixture", "quality"),
    }


def update_mixture(workplace: Workplace, shard: str, previous: Previous, progress: Progress) -> Built | None:
    """Keep the files of the last build where they say the same: other documents' labels and texts changed."""
    lake, record = workplace.lake, previous.record
    if not previous.same_settings:
        return None
    if previous.changed & {"clean_documents", "passage_labels"}:
        same = lake.read("mixture", shard).equals(_mixture(lake, shard))
    else:
        before = lake.read("mixture", shard, OF_THE_LABELS).select(OF_THE_LABELS)
        same = before.equals(_chosen(lake, shard).select(OF_THE_LABELS))
    if not same:
        return None
    progress(record.counts.rows_in)
    return Built(keeps=list(record.files), figures=record.figures, bytes_in=record.bytes_in)


def count_mixture(workplace: Workplace, shard: str) -> Counts:
    """Count rows: a document has one for each phase that reads it.

    Rows that are missing, doubled or invented make the counts unbalanced, as in ``count_verdicts``.
    """
    chosen = _chosen(workplace.lake, shard).select("doc_id", "phase")
    rows = workplace.lake.read("mixture", shard, ["doc_id", "phase"])
    found = rows.unique().join(chosen, on=["doc_id", "phase"], how="semi").height
    missing = chosen.height - found if rows.height > found else 0
    return Counts(rows_in=chosen.height, kept=rows.height + missing)


MIXTURE = ShardStage(
    name="mixture",
    reads=("clean_documents", "passage_labels", LABELS),
    version="3",
    settings=file_settings,
    build=build_mixture,
    requires=lambda workplace: with_shares_of_files(workplace.config.mixture.allocation),
    update=update_mixture,
    count=count_mixture,
    tables=("mixture",),
    exports=(JSONL,),
    columns=MIXTURE_COLUMNS,
)
