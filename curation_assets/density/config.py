"""Settings of the density stage."""

from pydantic import Field

from curation_assets.density.sketch import SketchParams
from curation_assets.section import Section


class DensityConfig(Section):
    """The density sketch: its size, and the kernel it estimates.

    Rows and buckets are those of arXiv 2402.09668, §3.2: 80 MB of counts however many documents there are,
    and a standard error that falls with the square root of the rows. One hash a row, as in that paper,
    makes a kernel so wide that weights of 1/density hardly differ: their effective sample size is 98 % of
    the documents, so sampling is all but uniform. Four hashes bring it to about 60 % and remove three
    quarters of the unevenness of planted clusters; eight bring it to about 40 %, and give 7.5 rather than
    5 % of the weight to the 1 % of isolated documents (``benchmarks/density.py``). Hence four.
    """

    rows: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="rows of the sketch; the error falls with their square root",
    )
    buckets: int = Field(
        default=20_000,
        ge=2,
        le=10_000_000,
        description="counters in a row; memory is 4 bytes x rows x buckets",
    )
    hashes_per_row: int = Field(
        default=4, ge=1, le=32, description="hashes combined in a row; more of them make a narrower kernel"
    )
    width: float = Field(
        default=1.0,
        ge=0.05,
        le=100.0,
        description="bandwidth, a distance between embeddings (0 to 2 for unit vectors)",
    )
    seed: int = Field(default=20_261_121, ge=0, lt=2**63, description="seed of the random projections")

    def sketch_params(self, dimension: int) -> SketchParams:
        """Return the parameters of a sketch of vectors with ``dimension`` components."""
        return SketchParams(
            rows=self.rows,
            buckets=self.buckets,
            hashes_per_row=self.hashes_per_row,
            width=self.width,
            seed=self.seed,
            dimension=dimension,
        )
