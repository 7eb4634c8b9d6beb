"""Settings of semantic deduplication."""

from typing import Literal

from pydantic import Field

from curation_assets.section import Section


class SemanticConfig(Section):
    """SemDeDup (Abbas et al. 2023, arXiv 2303.09540): of documents of nearly the same embedding one stays."""

    # Off: what it takes depends on the embedder, and of documentation it takes pages that differ in a name.
    enabled: bool = Field(default=False, description="leave semantic duplicates out of the mixture")
    similarity: float = Field(
        default=0.95, gt=0.0, le=1.0, description="least cosine of two duplicates: 1 - epsilon of the paper"
    )
    keep: Literal["far", "near", "quality"] = Field(
        default="far",
        description="which stays: the farthest from the centre of its cell, as published, the nearest, or "
        "the best by quality",
    )
    documents_per_cell: int = Field(
        default=1000, ge=2, description="documents in a cell on average; only those of a cell are compared"
    )
    sample: int = Field(default=20_000, ge=1, description="documents from which the centres are learnt")
    iterations: int = Field(default=10, ge=0, le=1000, description="rounds of k-means over the sample")
    seed: int = Field(default=0, ge=0, lt=1 << 63, description="selects the sample")
