"""Settings of the guard against outliers."""

from pydantic import Field

from curation_assets.section import Section


class OutliersConfig(Section):
    """Documents that are rare and bad at once: sampling by inverse density would seek them out."""

    enabled: bool = Field(default=True, description="look for outliers among the documents of lowest density")
    lowest_density: float = Field(
        default=0.1, gt=0.0, le=1.0, description="share of the documents that is looked at, the least dense"
    )
    quality_below: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="what is beyond the published limits is an outlier if its quality ranks below this share "
        "of its language's; a rare good document is kept",
    )
    votes: int = Field(
        default=2, ge=1, le=3, description="of LOF, Isolation Forest and Mahalanobis: how many have to agree"
    )
    farthest: float = Field(
        default=0.3,
        ge=0.0,
        le=1.0,
        description="share of the sample that counts as rather far out by each of them: the packaged "
        "embedder's vectors are seldom beyond the published limits",
    )
    worst: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="what is rather far out is an outlier if its quality ranks below this share of its "
        "language's; 0: none is",
    )
    sample: int = Field(
        default=20_000, ge=10, le=100_000, description="documents against which the others are measured"
    )
    seed: int = Field(default=0, ge=0, lt=1 << 32, description="selects the sample, and grows the trees")
