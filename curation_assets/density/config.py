"""Settings of the density stage."""

from typing import Literal

from pydantic import Field, model_validator

from curation_assets.density.hashing import HashName
from curation_assets.density.sketch import SketchParams
from curation_assets.section import Section

MethodName = Literal["landmarks", "race", "exact", "knn"]
HASHES = {"p_stable": 4, "signed_projections": 10}
MOST_SIGNS = 16


class DensityConfig(Section):
    """How the density of documents is estimated, and with which kernel.

    Landmarks are the default: a small part of the work of the sketch of arXiv 2402.09668 (method ``race``),
    and more faithful to the exact sum of their kernel (``benchmarks/density.py``). Rows and buckets are that
    paper's, §3.2: 80 MB of counts, and a standard error that falls with the square root of the rows. One
    hash a row, as there, makes a kernel so wide that weights of 1/density hardly differ: on planted clusters
    their effective sample size is 98 % of the documents. Four hashes bring it to about 60 %, eight to about
    40 %, and give 7.5 rather than 5 % of the weight to the 1 % of isolated documents. Hence four.
    """

    method: MethodName = Field(
        default="landmarks",
        description="landmarks (cells around some documents), race (the sketch of arXiv 2402.09668), exact "
        "(all pairs, for small lakes) or knn (the nearest neighbours alone; needs neighbours.enabled)",
    )
    bandwidth: float = Field(
        default=0.45,
        ge=0.05,
        le=3.0,
        description="h of the kernel exp((cosine - 1) / h^2) of landmarks, exact and knn",
    )
    target_ess: float | None = Field(
        default=None,
        gt=0.0,
        lt=1.0,
        description="effective sample size of the weights 1/density, as a share of the documents: the "
        "bandwidth (for race the width, or the number of signs) is then chosen to come near it; null: as set",
    )
    landmarks: int = Field(default=512, ge=1, le=65_536, description="number of landmark cells")
    exact_documents: int = Field(
        default=20_000, ge=1, description="with more documents than this the method exact is refused"
    )
    hash: HashName = Field(
        default="p_stable",
        description="hash of race: p_stable (distance, as in the paper) or signed_projections (angle)",
    )
    rows: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="rows of the race sketch; the error falls with their square root",
    )
    buckets: int = Field(
        default=20_000,
        ge=2,
        le=10_000_000,
        description="counters in a row of p_stable; memory is 4 bytes x rows x buckets (2^hashes for signs)",
    )
    hashes_per_row: int | None = Field(
        default=None,
        ge=1,
        le=32,
        description="hashes combined in a row of race; more of them make a narrower kernel; null: 4 for "
        "p_stable, 10 for signed_projections (16 at most)",
    )
    width: float = Field(
        default=1.0,
        ge=0.05,
        le=100.0,
        description="bandwidth of p_stable, a distance between embeddings (0 to 2 for unit vectors)",
    )
    seed: int = Field(
        default=20_261_121,
        ge=0,
        lt=2**63,
        description="seed of the random projections, the landmarks and the sample that figures are from",
    )

    @model_validator(mode="after")
    def _few_signs(self) -> "DensityConfig":
        if self.hash == "signed_projections" and (self.hashes_per_row or 0) > MOST_SIGNS:
            raise ValueError(f"hashes_per_row: at most {MOST_SIGNS} with signed_projections")
        return self

    def sketch_params(self, dimension: int) -> SketchParams:
        """Return the parameters of a race sketch of vectors with ``dimension`` components."""
        hashes = self.hashes_per_row or HASHES[self.hash]
        return SketchParams(
            rows=self.rows,
            buckets=self.buckets if self.hash == "p_stable" else 1 << hashes,
            hashes_per_row=hashes,
            width=self.width,
            seed=self.seed,
            dimension=dimension,
            hash=self.hash,
        )
