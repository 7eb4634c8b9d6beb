"""Settings of the quality stage."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.kinds import CascadeOf, ScorerConfig
from curation_assets.section import ModelName

ASK_LLM, STUDENT = "ask_llm", "student"
RESERVED = ("doc_id", "shard", "quality", "tokens", "bytes", ASK_LLM, STUDENT)


def _a_name(name: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
        raise ValueError("a scorer's name has small letters, digits and _, and begins with a letter")
    if name in RESERVED:
        raise ValueError(f"is a column that is there already; taken are {', '.join(RESERVED)}")
    return name


ColumnName = Annotated[str, AfterValidator(_a_name)]


class QualityConfig(AskLlmConfig):
    """A bank of scores: Ask-LLM's, whose settings are here, and any number of others by name."""

    scorers: dict[ColumnName, ScorerConfig] = Field(
        default={},
        description="further columns of scores by name, each with a kind and its settings (docs/quality.md);"
        " for instance {wiki: {kind: ngram, model: ./wiki.npz}}",
    )
    cascade: CascadeOf | None = Field(
        default=None,
        description="a student scores all documents (column student), and Ask-LLM those in a band of its"
        " scores only, {student: FILE, band: FILE}; null: Ask-LLM scores all",
    )
    use: str = Field(
        default=ASK_LLM, description="the column that the mixture goes by: ask_llm, or one of scorers"
    )
    tokenizer: ModelName = Field(
        default="packaged",
        min_length=1,
        description="counts tokens: 'packaged', a folder, or a hub name",
    )

    @model_validator(mode="after")
    def _there(self) -> "QualityConfig":
        allowed = (ASK_LLM, *self.scorers)
        if self.use not in allowed:
            raise ValueError(f"use: {self.use!r} is no column of scores; allowed: {', '.join(allowed)}")
        return self

    def column_names(self) -> tuple[str, ...]:
        """Return the columns of scores."""
        return (ASK_LLM, *self.scorers, *((STUDENT,) if self.cascade is not None else ()))
