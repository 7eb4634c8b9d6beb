"""What a report says, as plain values: nothing here knows how it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Drop:
    """Documents that a stage dropped first, for one reason."""

    stage: str
    reason: str
    documents: int


@dataclass(frozen=True)
class Step:
    """A stage that drops: documents that came to it, its reasons (most frequent first), documents left."""

    stage: str
    came: int
    drops: tuple[Drop, ...]
    left: int


@dataclass(frozen=True)
class Amounts:
    """Documents of a group: read, candidates (left before the mixture is drawn), and in the mixture.

    Characters are those of the cleaned texts. Tokens are known of candidates only.
    """

    documents: int = 0
    candidates: int = 0
    mixture: int = 0
    characters: int = 0
    candidate_characters: int = 0
    mixture_characters: int = 0
    candidate_tokens: int = 0
    mixture_tokens: int = 0


@dataclass(frozen=True)
class Distribution:
    """Amounts by group, in the order in which they are shown; a group without a name is None."""

    name: str
    groups: Mapping[str | None, Amounts]


@dataclass(frozen=True)
class Histogram:
    """How many candidates, and how many of the mixture, have a value in [edge, next edge).

    The last bin holds its upper edge, too. ``unknown`` candidates have no (finite) value.
    """

    name: str
    edges: tuple[float, ...]
    candidates: tuple[int, ...]
    mixture: tuple[int, ...]
    unknown: int


@dataclass(frozen=True)
class Side:
    """One column of the three axes. None: not known of it.

    Attributes:
        passed: share of the documents that cleaning kept.
        sources, languages, topics: how many there are, and the effective number, exp of Shannon's entropy
            of the shares of documents: how many equally frequent ones would be as varied.
    """

    name: str
    documents: int
    characters: int | None = None
    tokens: int | None = None
    passed: float | None = None
    mean_quality: float | None = None
    median_quality: float | None = None
    median_density: float | None = None
    sources: tuple[int, float] | None = None
    languages: tuple[int, float] | None = None
    topics: tuple[int, float] | None = None


@dataclass(frozen=True)
class Change:
    """What came and went since the previous version, by why, the most frequent first."""

    previous: str
    time: str
    came: Mapping[str, int]
    went: Mapping[str, int]
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    number: int
    words: tuple[str, ...]
    candidates: int
    mixture: int


@dataclass(frozen=True)
class Sample:
    """What a figure is taken from, where it is not taken from everything."""

    documents: int
    of_documents: int
    shards: int
    of_shards: int

    @property
    def whole(self) -> bool:
        return self.documents == self.of_documents


@dataclass(frozen=True)
class Point:
    """A document on the map. ``fate`` is the reason of its drop, or "kept"."""

    x: float
    y: float
    doc_id: str
    source: str | None
    language: str | None
    topic: int | None
    quality: float | None
    density: float | None
    fate: str
    text: str


@dataclass(frozen=True)
class Disagreement:
    """A document whose ranks (0 lowest, 1 highest of the sample) by two scorers lie far apart."""

    scorers: tuple[str, str]
    values: tuple[float, float]
    ranks: tuple[float, float]
    doc_id: str
    text: str


@dataclass(frozen=True)
class Agreement:
    """Kendall's tau-b of each pair of columns; None where one of them is constant.

    The first ``scorers`` columns are scores, the others are measures of another kind.
    """

    columns: tuple[str, ...]
    scorers: int
    tau: tuple[tuple[float | None, ...], ...]
    differences: tuple[Disagreement, ...]


@dataclass(frozen=True)
class Planted:
    """A kind of labelled documents: how many there are, were found, were dropped by stage, and got in."""

    kind: str
    labelled: int
    found: int
    dropped: Mapping[str, int]
    mixture: int


@dataclass(frozen=True)
class Example:
    """A document to look at, and what became of it. ``stage`` is None for one of the mixture."""

    stage: str | None
    reason: str
    decided_by: str | None
    doc_id: str
    shard: str
    source: str | None
    language: str | None
    quality: float | None
    text: str
    cut: bool


@dataclass(frozen=True)
class Figures:
    """All that a report says.

    Attributes:
        quarantined: rows of the inbox that could not be read, by reason.
        clusters: how many clusters of copies there are of each size; 1 is a document without copies.
        sampled: what points and agreement are taken from.  sampled_texts: what examples are taken from.
    """

    lake: str
    mixture_id: str
    made: str | None
    sampler: str
    effective_sample_size: float | None
    total: Amounts
    shards: int
    quarantined: Mapping[str, int]
    steps: tuple[Step, ...]
    sides: tuple[Side, ...]
    change: Change | None
    sources: Distribution
    languages: Distribution
    lengths: Distribution
    years: Distribution
    quality: Histogram
    density: Histogram
    clusters: Mapping[int, int]
    topics: tuple[Topic, ...]
    sampled: Sample
    points: tuple[Point, ...]
    agreement: Agreement
    sampled_texts: Sample
    examples: tuple[Example, ...]
    planted: tuple[Planted, ...] | None
