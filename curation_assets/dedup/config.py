"""Settings of deduplication, and what a choice of bands and rows means.

Presets of the literature (bands x rows of a MinHash of words' or characters' n-grams):

| system        | bands x rows | hashes | P(J = .70 / .80 / .85 / .90)  |
|---------------|--------------|--------|-------------------------------|
| FineWeb       | 14 x 8       | 112    | .565 / .924 / .988 / .9996    |
| RefinedWeb    | 450 x 20     | 9000   | .302 / .995 / 1.000 / 1.000   |
| NeMo Curator  | 20 x 13      | 260    | .177 / .677 / .924 / .997     |
| **default**   | 20 x 6       | 120    | .918 / .998 / .9999 / 1.000   |

Every candidate is verified by its true Jaccard similarity, so bands and rows decide only which pairs are
looked at. Hence the default leans to recall, at FineWeb's cost in hashes.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from curation_assets.section import Section

PresetName = Literal["default", "fineweb", "refinedweb", "gpt3", "nemo"]
PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    # Penedo et al. 2024, arXiv 2406.17557, section 3.4. It drops candidates unverified, hence the similarity
    # at which its bands take half of the pairs.
    "fineweb": {"shingle_words": 5, "bands": 14, "rows": 8, "jaccard_threshold": 0.72},
    # Penedo et al. 2023, arXiv 2306.01116, appendices G.3 and G.4, after Lee et al. 2022, arXiv
    # 2107.06499.
    "refinedweb": {"urls": True, "shingle_words": 5, "bands": 450, "rows": 20, "jaccard_threshold": 0.8},
    # Brown et al. 2020, arXiv 2005.14165, appendix A: 10 hashes of Spark's MinHashLSH, each by itself, over
    # single words. Its threshold is not told.
    "gpt3": {"shingle_words": 1, "bands": 10, "rows": 1, "jaccard_threshold": 0.8},
    # The default of NeMo Curator, whose shingles are 24 characters: about 5 words.
    "nemo": {"shingle_words": 5, "bands": 20, "rows": 13, "jaccard_threshold": 0.8},
}


class SourceDedupConfig(Section):
    """Settings of its own for a source."""

    enabled: bool = Field(default=True, description="false: its documents are nobody's copies")
    jaccard_threshold: float | None = Field(
        default=None, gt=0.0, le=1.0, description="as above, for pairs with such a document; null: the same"
    )


MOST_SOURCES = 255


class DedupConfig(Section):
    """Which documents count as copies of each other, and what becomes of them."""

    preset: PresetName = Field(
        default="default", description="published settings for the keys below that are left out"
    )
    enabled: bool = Field(default=True, description="false keeps every document, copies and all")
    urls: bool = Field(
        default=False, description="of documents with the same address let one stay, whatever their texts"
    )
    shingle_words: int = Field(default=5, ge=1, le=64, description="consecutive words that make one shingle")
    bands: int = Field(default=20, ge=1, le=512, description="groups of hashes; one that agrees is enough")
    rows: int = Field(default=6, ge=1, le=64, description="hashes in a band; all of them must agree")
    jaccard_threshold: float = Field(
        default=0.8, gt=0.0, le=1.0, description="least share of common shingles that makes near duplicates"
    )
    seed: int = Field(default=0, ge=0, lt=1 << 63, description="selects the hash functions")
    representative: Literal["longest", "newest", "oldest", "quality"] = Field(
        default="longest",
        description="the copy that stays; quality: the greatest share of lines that end a sentence",
    )
    policy: Literal["drop", "cap", "weight"] = Field(
        default="drop",
        description="of a cluster stay: one copy; at most 'copies'; all, each drawn 1/size as readily",
    )
    copies: int = Field(default=2, ge=1, description="copies of a cluster that stay under the policy 'cap'")

    sources: dict[str, SourceDedupConfig] = Field(
        default={},
        max_length=MOST_SOURCES,
        description="settings of its own for a source, by name or pattern: {manuals-*: {jaccard_threshold: "
        "0.95}, laws: {enabled: false}}; of two documents the stricter threshold holds",
    )

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, values: Any) -> Any:
        """Fill in what the preset sets and is not given; an unknown preset is left to its own check."""
        preset = values.get("preset") if isinstance(values, dict) else None
        return PRESETS.get(preset, {}) | values if isinstance(preset, str) else values

    def signing(self) -> "DedupConfig":
        """Return these settings with every key that a signature does not depend on at its default."""
        keys = ("shingle_words", "bands", "rows", "seed")
        return DedupConfig.model_validate({key: getattr(self, key) for key in keys})


def s_curve_threshold(bands: int, rows: int) -> float:
    """Return the similarity at which ``candidate_probability`` rises fastest, about (1/b)^(1/r).

    Source: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2.
    """
    return float((1.0 / bands) ** (1.0 / rows))


def candidate_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that a pair of Jaccard ``similarity`` shares a band: 1 - (1 - s^r)^b.

    Source: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2.
    """
    return 1.0 - (1.0 - similarity**rows) ** bands
