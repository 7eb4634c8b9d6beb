"""Settings of single samplers: a section of ``mixture`` for each that has any."""

from typing import Annotated

from pydantic import Field, model_validator

from curation_assets.section import Section

_SCORE = "quality, rank (of quality in its language and source) or a column of quality_scores"


class PerplexityConfig(Section):
    """perplexity_band: of which score the middle is kept."""

    score: str = Field(default="perplexity", description=f"what is ranked: {_SCORE}")
    low: float = Field(
        default=0.25, ge=0.0, lt=1.0, description="documents that rank below this share of theirs go"
    )
    high: float = Field(
        default=0.75, gt=0.0, le=1.0, description="and those that rank at this share or above"
    )

    @model_validator(mode="after")
    def _is_a_band(self) -> "PerplexityConfig":
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}: the band is empty")
        return self


class ParetoConfig(Section):
    """pareto: GPT-3's noisy threshold."""

    score: str = Field(default="quality", description=f"between 0 and 1: {_SCORE}")
    alpha: float = Field(
        default=9.0, gt=0.0, description="kept with (2 - score)^-alpha: 9 in GPT-3, 3 in The Pile"
    )


class DsirConfig(Section):
    """dsir: which score holds the log importance weights."""

    score: str = Field(default="dsir", description="column of quality_scores with log importance weights")
    minimum_tokens: int = Field(
        default=100, ge=0, description="shorter documents are left out: their log weights are near 0"
    )


class D4Config(Section):
    """d4: how much is left after deduplication by embeddings."""

    deduplicated_share: float = Field(
        default=0.75,
        gt=0.0,
        le=1.0,
        description="share of documents that stays, those least similar to another of their cell; 1: all",
    )


class DiversityConfig(Section):
    """greedy_diversity: the order, and how near is too near."""

    scores: tuple[str, ...] = Field(
        default=("quality",), min_length=1, description=f"the product of these is the order; each {_SCORE}"
    )
    similarity: float = Field(
        default=0.9,
        gt=-1.0,
        le=1.0,
        description="a document as similar as this to one taken before is left out",
    )


class UpsamplingConfig(Section):
    """upsampling: the curve of repetitions over the share of tokens, ordered by a score."""

    score: str = Field(default="rank", description=f"the order: {_SCORE}")
    start: float = Field(
        default=0.4, ge=0.0, lt=1.0, description="the lowest share of the tokens, which is not taken"
    )
    cap: float = Field(default=7.0, gt=0.0, description="repetitions of the best bucket")
    buckets: int = Field(
        default=20, ge=2, description="equal shares of the tokens, each with one number of repetitions"
    )

    @model_validator(mode="after")
    def _starts_below_the_top(self) -> "UpsamplingConfig":
        if self.start > 1.0 - 1.0 / self.buckets:
            raise ValueError(f"start {self.start:g} lies in the best of {self.buckets} buckets")
        return self


class BucketsConfig(Section):
    """buckets: rank buckets of several scores, the best of them, and copies by label."""

    scores: tuple[str, ...] = Field(
        default=("quality",), min_length=1, description=f"a document counts by its best one; each {_SCORE}"
    )
    count: int = Field(default=20, ge=2, description="buckets of a score, equal shares of its group's tokens")
    starts: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(7, 12, 18, 19), description="bucket at which each label but the lowest starts"
    )
    copies: tuple[Annotated[float, Field(ge=0.0)], ...] = Field(
        default=(0.0, 0.5, 1.0, 2.0, 4.0), description="repetitions of each label, the lowest first"
    )

    @model_validator(mode="after")
    def _labels_fit(self) -> "BucketsConfig":
        if list(self.starts) != sorted(set(self.starts)) or max(self.starts, default=0) >= self.count:
            raise ValueError(f"starts {list(self.starts)} do not ascend below {self.count}")
        if len(self.copies) != len(self.starts) + 1:
            raise ValueError(f"{len(self.starts)} starts make {len(self.starts) + 1} labels, and there are "
                             f"{len(self.copies)} numbers of copies")  # fmt: skip
        return self
