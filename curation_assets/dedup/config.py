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

from pydantic import Field

from curation_assets.section import Section


class DedupConfig(Section):
    """Which documents count as copies of each other."""

    enabled: bool = Field(default=True, description="false keeps every document, copies and all")
    shingle_words: int = Field(default=5, ge=1, le=64, description="consecutive words that make one shingle")
    bands: int = Field(default=20, ge=1, le=512, description="groups of hashes; one that agrees is enough")
    rows: int = Field(default=6, ge=1, le=64, description="hashes in a band; all of them must agree")
    jaccard_threshold: float = Field(
        default=0.8, gt=0.0, le=1.0, description="least share of common shingles that makes near duplicates"
    )
    seed: int = Field(default=0, ge=0, lt=1 << 63, description="selects the hash functions")


def candidate_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that a pair of Jaccard ``similarity`` shares a band: 1 - (1 - s^r)^b.

    Source: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2.
    """
    return 1.0 - (1.0 - similarity**rows) ** bands
