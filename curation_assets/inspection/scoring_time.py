"""How long a scorer takes for a lake: its documents that are not in the cache, and some to measure with."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from curation_assets.inspection.estimates import CACHE_FILE, expected_documents
from curation_assets.inspection.plan_ahead import Ahead, look_ahead
from curation_assets.quality.ask_llm.by_language import BankScorer
from curation_assets.quality.doctor.findings import Finding
from curation_assets.survivors import PASSAGES, survivors
from curation_assets.workplace import Workplace
from resources.cache_lookup import count_unknown

SCORES = "quality_scores"
MEASURED_ON = 16


@dataclass(frozen=True)
class LakeWork:
    """A lake as ``doctor.examine`` asks for it; nothing is written.

    Args:
        workplace: best one that is ``remembering``, so that records are read once.
    """

    workplace: Workplace

    @cached_property
    def shards(self) -> list[str]:
        """Return the shards whose surviving documents are known, sorted."""
        lake = self.workplace.lake
        return [shard for shard in self._all if lake.table_path(PASSAGES, shard).is_file()]

    @cached_property
    def _all(self) -> list[str]:
        stuck = {shard for name, shard in self._ahead.stuck if name == SCORES}
        return sorted(set(self._ahead.shards) - stuck)

    @cached_property
    def texts(self) -> list[tuple[str, str | None]]:
        """Return some surviving documents with their languages, from shards that lie far apart."""
        step = max(1, len(self.shards) // MEASURED_ON)
        return list(itertools.islice(self._documents(self.shards[::step]), MEASURED_ON))

    def _documents(self, shards: list[str]) -> Iterator[tuple[str, str | None]]:
        each = -(-MEASURED_ON // max(1, len(shards)))
        for shard in shards:
            frame = survivors(self.workplace.lake, shard, ["text", "language"])
            yield from frame.gather_every(max(1, frame.height // each)).head(each).iter_rows()

    def missing(self, scorer: BankScorer) -> int | None:
        """Return how many texts the cache has no score for; None if some documents are not known yet.

        Shards that have not come through deduplication count with as many documents as are to be expected.
        """
        found = self._coming
        if found is None:
            return None
        path = self.workplace.lake.root / CACHE_FILE
        for shard in self.shards:
            texts: dict[str, set[str]] = {}
            for key, language in survivors(self.workplace.lake, shard, ["text_hash", "language"]).iter_rows():
                texts.setdefault(scorer.of(language).fingerprint, set()).add(key)
            found += sum(count_unknown(path, name, sorted(keys)) for name, keys in texts.items())
        return found

    @cached_property
    def _coming(self) -> int | None:
        others = sorted(set(self._all) - set(self.shards))
        return expected_documents(self.workplace, self._ahead, SCORES, others)

    @cached_property
    def _ahead(self) -> Ahead:
        return look_ahead(self.workplace)

    def seconds(self, finding: Finding) -> float | None:
        """Return the wall time of a scorer for the documents that are missing; None if not known.

        Worker processes share what computes here; a server or a GPU gets no faster by them.
        """
        work = finding.work
        if work is None or work.documents is None or (work.documents and work.speed is None):
            return None
        if not work.documents or work.speed is None:
            return 0.0
        workers = min(self.workplace.config.compute.worker_count(), max(1, len(self._all)))
        spread = workers if work.speed.clock == "core" else 1
        return work.documents / work.speed.documents_per_second / spread
