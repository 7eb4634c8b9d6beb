"""Settings of the mixture stage."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from curation_assets.mixture.allocation.config import AllocationConfig
from curation_assets.mixture.samplers.config import (
    BucketsConfig,
    D4Config,
    DiversityConfig,
    DsirConfig,
    ParetoConfig,
    PerplexityConfig,
    UpsamplingConfig,
)
from curation_assets.section import Section

SamplerName = Literal[
    "random",
    "top_k",
    "bottom_k",
    "perplexity_band",
    "pareto",
    "dsir",
    "density_ips",
    "quality_coverage",
    "prototypes",
    "semdedup",
    "d4",
    "greedy_diversity",
    "upsampling",
    "buckets",
]
Format = Literal["parquet", "jsonl"]
Group = Literal["language", "source"]


class Budget(Section):
    """How much text the mixture holds."""

    unit: Literal["tokens", "documents", "bytes"] = Field(
        default="tokens", description="what the budget counts"
    )
    amount: int | None = Field(
        default=None, ge=0, description="the budget in that unit; null: use the fraction"
    )
    fraction: float | None = Field(
        default=0.4,
        ge=0.0,
        le=1000.0,
        description="when amount is null the share of all candidates but contaminated ones, outliers and"
        " semantic duplicates; above 1 with repetition; both null: all that may be taken",
    )


class MixtureConfig(Section):
    """Which candidates make the training mixture.

    A run long enough for one pass over all candidates makes two and a half over 40 % of them, within the four
    passes up to which repeated text is worth nearly as much as new text (Muennighoff et al., 2023).
    """

    budget: Budget = Field(default=Budget(), description="size of the mixture")
    sampler: SamplerName = Field(
        default="quality_coverage",
        description="how documents are chosen; docs/samplers.md compares them",
    )
    alpha: float = Field(
        default=0.7, ge=0.0, le=1.0, description="quality_coverage: 1 follows quality alone, 0 coverage alone"
    )
    density_floor: float = Field(
        default=0.1,
        gt=0.0,
        le=1.0,
        description="quality_coverage: densities below this share of the median count as it (tames outliers)",
    )
    perplexity: PerplexityConfig = Field(
        default=PerplexityConfig(), description="perplexity_band: which score, and from which rank to which"
    )
    pareto: ParetoConfig = Field(default=ParetoConfig(), description="pareto: GPT-3's noisy threshold")
    dsir: DsirConfig = Field(default=DsirConfig(), description="dsir: the log importance weights")
    d4: D4Config = Field(default=D4Config(), description="d4: how much deduplication leaves")
    diversity: DiversityConfig = Field(
        default=DiversityConfig(), description="greedy_diversity: the order, and how near is too near"
    )
    upsampling: UpsamplingConfig = Field(
        default=UpsamplingConfig(), description="upsampling: repetitions over the share of tokens"
    )
    buckets: BucketsConfig = Field(
        default=BucketsConfig(), description="buckets: rank buckets of scores, and copies by label"
    )
    rank_within: tuple[Group, ...] = Field(
        default=("language", "source"),
        description="quality is ranked among documents that have these in common: scorers have tastes for"
        " languages and sources; []: among all",
    )
    minimum_rank: float = Field(
        default=0.25,
        ge=0.0,
        lt=1.0,
        description="documents whose quality ranks below this share of theirs are never taken; 0: all may be",
    )
    minimum_quality: float | None = Field(
        default=None,
        description="documents below this quality are never taken, for scores whose scale means something;"
        " null: no threshold",
    )
    allocation: AllocationConfig = Field(
        default=AllocationConfig(), description="how the budget is spread: docs/mixtures.md"
    )
    seed: int = Field(default=20_261_121, ge=0, lt=2**63, description="seed of the draw")
    formats: tuple[Format, ...] = Field(
        default=("parquet", "jsonl"),
        min_length=1,
        description="files written for a shard; Parquet in any case",
    )

    @model_validator(mode="after")
    def _samplers_of_phases_are_known(self) -> "MixtureConfig":
        for phase in self.allocation.phases:
            if phase.sampler is not None and phase.sampler not in get_args(SamplerName):
                raise ValueError(
                    f"allocation.phases: {phase.name!r} has the sampler {phase.sampler!r};"
                    f" allowed are {', '.join(get_args(SamplerName))}"
                )
        return self
