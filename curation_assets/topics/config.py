"""Settings of topics and formats."""

from pydantic import Field

from curation_assets.section import Section


class TopicsConfig(Section):
    """Topic x format as in WebOrganizer (arXiv 2502.10341), by clusters where that has classifiers."""

    enabled: bool = Field(default=True, description="tell topic and format of every document")
    count: int = Field(default=32, ge=1, le=4096, description="topics: k-means cells of the embeddings")
    formats: int = Field(
        default=8,
        ge=1,
        le=256,
        description="formats: k-means cells of line lengths, list items, symbols, ...",
    )
    sample: int = Field(default=20_000, ge=1, description="documents from which both are learnt")
    iterations: int = Field(default=20, ge=0, le=1000, description="rounds of k-means over the sample")
    documents_for_words: int = Field(
        default=200, ge=1, description="documents of a topic that its most distinctive words are taken from"
    )
    seed: int = Field(default=0, ge=0, lt=1 << 63, description="selects the sample")
