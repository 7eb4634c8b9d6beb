"""How much the next run is: documents and seconds, by what the lake's own records have measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from curation_assets import graph
from curation_assets.cleaning.stage import MEASURED_BY, measured_by
from curation_assets.inspection.plan_ahead import Ahead, Certainty
from curation_assets.quality.bank import load_bank
from curation_assets.quality.scoring import OnVectors
from curation_assets.stage import ShardStage, Stage
from curation_assets.survivors import clean_survivors, survivors
from curation_assets.text.embedder import load_embedder
from curation_assets.workplace import Workplace
from resources.cache_lookup import count_unknown
from resources.records import BuildRecord

WORKED_ON: Mapping[str, str] = {
    "clean_documents": "documents_measured",
    "quality_scores": "documents_scored_anew",
    "embeddings": "documents_embedded_anew",
}
"""Stages that take over most of what they know, and the figure of their records that counts the rest."""
READ, CLEANED = "raw_documents", "clean_documents"
LABELLED = ("dedup_labels", "containment_labels", "passage_labels")
CACHE_FILE = "_cache/documents.sqlite"
_SOURCE = {"ledger": READ}


@dataclass(frozen=True)
class StageEstimate:
    """What the next run has to do in one stage.

    Attributes:
        surely, perhaps: builds (shards, or 1 for the whole lake).
        documents: at most so many pass through these builds; None: some have never been read.
        anew: at most so many of them are worked on anew, and not taken over from the last build or the
            cache; None: not known, or the stage takes over nothing.
        surely_seconds, all_seconds: wall time of the builds that surely run, and with those that may; None:
            documents or seconds a document are not known.
    """

    stage: str
    surely: int
    perhaps: int
    documents: int | None
    anew: int | None
    surely_seconds: float | None
    all_seconds: float | None

    @property
    def takes_over(self) -> bool:
        return self.stage in WORKED_ON


def estimate(workplace: Workplace, ahead: Ahead, workers: int) -> list[StageEstimate]:
    """Return an estimate of every stage that has something to build, in the order of the graph.

    Documents of a file that was not read yet are taken to be as long as those of the lake. Seconds are those
    that a document (in the stages of WORKED_ON, one that was worked on anew) has taken on average, with the
    share of documents that earlier stages have kept so far. Other stages may need less than that, where they
    start from their last build.
    """
    ruler = _Ruler(workplace, ahead)
    return [
        _of_stage(ruler, graph.stage_named(name), builds, workers) for name, builds in ahead.builds.items()
    ]


def expected_documents(workplace: Workplace, ahead: Ahead, name: str, shards: Sequence[str]) -> int | None:
    """Return how many documents of some shards are to be expected in a stage; None if one was never read."""
    return _Ruler(workplace, ahead).documents(graph.stage_named(name), shards, expected=True)


def _of_stage(ruler: "_Ruler", stage: Stage, builds: Mapping[str, Certainty], workers: int) -> StageEstimate:
    sure = [shard for shard, certainty in builds.items() if certainty == "surely"]
    return StageEstimate(
        stage.name,
        surely=len(sure),
        perhaps=len(builds) - len(sure),
        documents=ruler.documents(stage, builds),
        anew=_total(ruler.anew(stage, shard) for shard in builds) if stage.name in WORKED_ON else None,
        surely_seconds=ruler.seconds(stage, sure, workers),
        all_seconds=ruler.seconds(stage, list(builds), workers),
    )


def _total(parts: Iterable[int | None]) -> int | None:
    """Return the sum, or None if one of the parts is not known."""
    found = list(parts)
    return None if None in found else sum(part for part in found if part is not None)


def _rows_per_byte(read: Iterable[BuildRecord]) -> float | None:
    pairs = [(record.counts.rows_in, int(record.figures.get("file_bytes", 0))) for record in read]
    size = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / size if size else None


@dataclass
class _Ruler:
    """Measures builds that are ahead by the records of those that were made."""

    workplace: Workplace
    ahead: Ahead
    _records: dict[str, list[BuildRecord]] = field(default_factory=dict)
    _unknown: dict[tuple[str, str], int] = field(default_factory=dict)
    _shares: dict[str, float] = field(default_factory=dict)
    _models: dict[str, list[str]] = field(default_factory=dict)

    def seconds(self, stage: Stage, shards: list[str], workers: int) -> float | None:
        """Return the wall time of some builds of a stage; heavy ones are spread over the workers."""
        if not shards:
            return 0.0
        if stage.name in WORKED_ON:
            work = _total(self.anew(stage, shard, expected=True) for shard in shards)
        else:
            work = self.documents(stage, shards, expected=True)
        each = 0.0 if work == 0 else self.seconds_each(stage.name)
        if work is None or each is None:
            return None
        spread = min(workers, len(shards)) if isinstance(stage, ShardStage) and stage.heavy else 1
        return work * each / spread

    def seconds_each(self, name: str) -> float | None:
        """Return the seconds that a document took on average, or one that was worked on anew."""
        figure = WORKED_ON.get(name)
        seconds, documents = 0.0, 0
        for record in self.records(name):
            done = int(record.figures.get(figure, 0)) if figure else record.counts.rows_in
            if done:
                seconds, documents = seconds + record.seconds, documents + done
        return seconds / documents if documents else None

    def records(self, name: str) -> list[BuildRecord]:
        """Return the records of a stage that was built without an error."""
        if name not in self._records:
            lake = self.workplace.lake
            found = (lake.record(name, shard) for shard in lake.recorded_shards(name))
            self._records[name] = [record for record in found if record and not record.error]
        return self._records[name]

    def documents(self, stage: Stage, shards: Iterable[str], *, expected: bool = False) -> int | None:
        """Return the documents that a stage will look at: at most, or as many as are to be expected."""
        if not isinstance(stage, ShardStage):
            held = self.ahead.stuck
            there = self.ahead.shards
            shards = [shard for shard in there if not any((name, shard) in held for name in stage.reads)]
        return _total(self.coming_in(stage, shard, expected=expected) for shard in shards)

    def coming_in(self, stage: Stage, shard: str, *, expected: bool = False) -> int | None:
        if not stage.reads:
            return self.rows_in_file(shard)
        read = self._source(stage)
        record, running = self.workplace.lake.record(read, shard), self.ahead.of(read, shard)
        if record and not record.error and (not running or (expected and running == "perhaps")):
            return record.counts.kept
        before = graph.stage_named(self.ahead.labels.get(read, read))
        documents = self.coming_in(before, shard, expected=expected)
        return ceil(documents * self._share_kept(read)) if expected and documents else documents

    def _source(self, stage: Stage) -> str:
        """Return what gives a stage its documents: the last of its inputs that has a table a shard."""
        lake_tables = {other.name for other in graph.lake_stages()}
        return _SOURCE.get(stage.name) or [name for name in stage.reads if name not in lake_tables][-1]

    def _share_kept(self, name: str) -> float:
        if name not in self._shares:
            counts = [record.counts for record in self.records(name)]
            came_in = sum(count.rows_in for count in counts)
            self._shares[name] = sum(count.kept for count in counts) / came_in if came_in else 1.0
        return self._shares[name]

    def rows_in_file(self, shard: str) -> int | None:
        """Return the rows of a file as counted, scaled to its size now; by those of others if it is new."""
        record, size = self.workplace.lake.record(READ, shard), self.workplace.inbox.shards[shard].size
        each = self._rows_per_byte if record is None or record.error else _rows_per_byte([record])
        return None if each is None else round(size * each)

    @cached_property
    def _rows_per_byte(self) -> float | None:
        return _rows_per_byte(self.records(READ))

    def anew(self, stage: Stage, shard: str, *, expected: bool = False) -> int | None:
        """Return how many documents of a shard a stage has to work on, at most, and not to take over."""
        most = self.coming_in(stage, shard, expected=expected)
        known = self._to_measure(shard) if stage.name == CLEANED else self._to_compute(stage.name, shard)
        return most if known is None else known if most is None else min(most, known)

    def _to_measure(self, shard: str) -> int | None:
        """Count the documents that cleaning has not measured before; None if that is not known."""
        raw, clean = (self.workplace.lake.record(name, shard) for name in (READ, CLEANED))
        if raw is None or clean is None or clean.error or self.ahead.of(READ, shard):
            return None
        if clean.figures.get(MEASURED_BY) != measured_by(self.workplace):
            return None
        if clean.inputs.get(READ) == raw.output:
            return 0
        changes = raw.changes if clean.inputs.get(READ) == raw.before else None
        return None if changes is None else changes.get("changed", 0) + changes.get("new", 0)

    def _to_compute(self, name: str, shard: str) -> int | None:
        """Count the texts of a shard that the cache has no result for; None if they are not known yet."""
        new = self._to_measure(shard) if self.ahead.of(CLEANED, shard) else 0
        return None if new is None else new + self._not_in_cache(name, shard)

    def _not_in_cache(self, name: str, shard: str) -> int:
        """Count those among the texts that are cleaned and may come to a stage."""
        key = (name, shard)
        if key not in self._unknown:
            lake = self.workplace.lake
            if self.ahead.of(CLEANED, shard):
                rows = lake.read(CLEANED, shard, ["text_hash"])
            else:
                labelled = any(self.ahead.of(name, shard) for name in LABELLED)
                left = clean_survivors if labelled else survivors
                rows = left(lake, shard, ["text_hash"])
            texts = rows["text_hash"].unique().to_list()
            cache = lake.root / CACHE_FILE
            self._unknown[key] = max(count_unknown(cache, model, texts) for model in self._of(name))
        return self._unknown[key]

    def _of(self, name: str) -> list[str]:
        """Return what the cache knows the results of a stage by: one name, or one for each column of scores.

        Where the language chooses, documents of unknown language stand for all.
        """
        if name not in self._models:
            config = self.workplace.config
            if name == "quality_scores":
                scorers = load_bank(config.quality).values()
                self._models[name] = [
                    one.embedder.fingerprint if isinstance(one, OnVectors) else one.of(None).fingerprint
                    for one in scorers
                ]
            else:
                self._models[name] = [load_embedder(config.embeddings).fingerprint]
        return self._models[name]
