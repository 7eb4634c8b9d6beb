"""Settings of the neighbours stage."""

from pydantic import Field

from curation_assets.section import Section


class NeighboursConfig(Section):
    """The documents that are nearest to each one by the cosine of their embeddings."""

    # Off: only some samplers read it, and it is the dearest look at all vectors.
    enabled: bool = Field(default=False, description="look for the neighbours of every document")
    count: int = Field(default=15, ge=1, le=256, description="neighbours of a document")
    # Below this, comparing all pairs takes less time than pynndescent takes to be compiled.
    exact_up_to: int = Field(
        default=30_000,
        ge=0,
        description="documents of a lake of which all pairs are compared; in a larger one pynndescent looks "
        "for candidates",
    )
    seed: int = Field(default=0, ge=0, lt=1 << 31, description="of pynndescent's random projections")
