"""Settings of containment: what counts as an excerpt of a larger document, and where it is looked for."""

from pydantic import Field

from curation_assets.section import Section


class ContainmentConfig(Section):
    """Which documents are excerpts of a larger one; these are dropped."""

    enabled: bool = Field(
        default=False, description="drop a document that is an excerpt of a larger one, such as of a book"
    )
    threshold: float = Field(
        default=0.9,
        gt=0.0,
        le=1.0,
        description="share of a document's distinct runs of 5 words that the larger one must have",
    )
    window: int = Field(
        default=32,
        ge=1,
        le=1000,
        description="of so many runs of 5 words in a row one at least is a key; a shorter document is found "
        "by chance",
    )
    probes: int = Field(
        default=8, ge=1, le=64, description="keys of a document that are looked for in larger ones"
    )
    candidates: int = Field(
        default=16,
        ge=1,
        le=256,
        description="of the documents that have one key the largest that are considered, and the most that "
        "one document is compared with",
    )

    def keying(self) -> "ContainmentConfig":
        """Return these settings with every key that a document's keys do not depend on at its default."""
        return ContainmentConfig(enabled=True, window=self.window) if self.enabled else ContainmentConfig()
