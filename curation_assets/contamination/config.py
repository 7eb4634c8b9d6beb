"""Settings of contamination: the evaluation sets, and how much of an item a document may hold."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from curation_assets.section import ModelName, Section

SetName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$", max_length=100)]
LONGEST = 50
"""Most words of an n-gram: the lengths that an n-gram may have are the bits of one word of the machine."""


class ContaminationConfig(Section):
    """Documents that hold what a model is to be evaluated on. Without files nothing is looked for."""

    files: dict[SetName, ModelName] = Field(
        default={},
        description="evaluation sets by name: .jsonl or .txt (an item a line; also .gz, .zst) or .parquet",
    )
    fields: dict[SetName, tuple[str, ...]] = Field(
        default={},
        description="by set the keys whose texts make up an item, a.b for b in a; of other sets all texts do",
    )
    words: int = Field(default=13, ge=3, le=LONGEST, description="words in a row that count as a match (n)")
    shortest: int = Field(
        default=8,
        ge=3,
        le=LONGEST,
        description="texts of an item with fewer words than 'words' match as a whole, from so many words on",
    )
    minimum_matches: int = Field(
        default=1, ge=1, description="a document is contaminated by an item of which it has so many n-grams"
    )
    minimum_fraction: float = Field(
        default=0.0, ge=0.0, le=1.0, description="and this share of the item's n-grams"
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="texts, such as the instruction of a set, whose n-grams never count "
        "(curate contamination names those that many documents have)",
    )

    @model_validator(mode="after")
    def _fits(self) -> "ContaminationConfig":
        if self.shortest > self.words:
            raise ValueError(f"shortest is {self.shortest}, more than words, which is {self.words}")
        if unknown := sorted(self.fields.keys() - self.files.keys()):
            raise ValueError(f"fields names the set {unknown[0]!r}, which files does not")
        return self

    @property
    def enabled(self) -> bool:
        return bool(self.files)
