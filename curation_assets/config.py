"""``curation.yaml``: one file for every threshold, closed to unknown keys, all keys with defaults."""

import difflib
import inspect
import json
import os
import types
import typing
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from curation_assets.cards.config import CardConfig
from curation_assets.checks.config import ChecksConfig
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.consistency import missing_inputs
from curation_assets.containment.config import ContainmentConfig
from curation_assets.contamination.config import ContaminationConfig
from curation_assets.dedup.config import DedupConfig
from curation_assets.density.config import DensityConfig
from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.mixture.config import MixtureConfig
from curation_assets.neighbours.config import NeighboursConfig
from curation_assets.outliers.config import OutliersConfig
from curation_assets.passages.config import PassagesConfig
from curation_assets.quality.config import QualityConfig
from curation_assets.section import FOLDER, Section
from curation_assets.semantic.config import SemanticConfig
from curation_assets.shards.config import ShardsConfig
from curation_assets.text.visible import visible_lines
from curation_assets.topics.config import TopicsConfig

_COMMENT_WIDTH = 100
WORKERS_VARIABLE = "CURATION_WORKERS"


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names key, value and what is allowed."""


class ComputeConfig(Section):
    """How the work is spread; no result depends on it."""

    workers: int = Field(
        default=0, ge=0, le=256, description="worker processes; 0 means one for each processor core"
    )

    def worker_count(self) -> int:
        """Return the number of worker processes; the variable CURATION_WORKERS goes first.

        Raises:
            ConfigError: the variable holds no number.
        """
        named = os.environ.get(WORKERS_VARIABLE) or "0"
        if not named.isdigit():
            raise ConfigError(f"{WORKERS_VARIABLE}={named!r} is not a number of worker processes")
        return int(named) or self.workers or len(os.sched_getaffinity(0))


class Config(Section):
    """All settings; a change of one changes the code version of just the assets that it touches."""

    shards: ShardsConfig = Field(default=ShardsConfig(), description="reading of raw files")
    cleaning: CleaningConfig = Field(
        default=CleaningConfig(), description="text, language, rules, personal data"
    )
    dedup: DedupConfig = Field(default=DedupConfig(), description="exact and near duplicates")
    containment: ContainmentConfig = Field(
        default=ContainmentConfig(), description="documents that are excerpts of a larger one"
    )
    passages: PassagesConfig = Field(
        default=PassagesConfig(), description="lines and passages that other documents have, too"
    )
    quality: QualityConfig = Field(default=QualityConfig(), description="Ask-LLM scores")
    embeddings: EmbeddingsConfig = Field(default=EmbeddingsConfig(), description="a vector for each document")
    neighbours: NeighboursConfig = Field(
        default=NeighboursConfig(), description="the most similar documents of each one"
    )
    semantic: SemanticConfig = Field(
        default=SemanticConfig(), description="duplicates that say the same in other words"
    )
    topics: TopicsConfig = Field(
        default=TopicsConfig(), description="what documents are about, and what they look like"
    )
    density: DensityConfig = Field(default=DensityConfig(), description="the kernel density sketch")
    outliers: OutliersConfig = Field(
        default=OutliersConfig(), description="documents that are rare and bad at once"
    )
    contamination: ContaminationConfig = Field(
        default=ContaminationConfig(), description="documents that hold items of evaluation sets"
    )
    mixture: MixtureConfig = Field(default=MixtureConfig(), description="budget and sampler")
    card: CardConfig = Field(
        default=CardConfig(), description="what the dataset card says beside what is counted"
    )
    checks: ChecksConfig = Field(
        default=ChecksConfig(), description="what the checks in Dagster warn of, and what its pages show"
    )
    compute: ComputeConfig = Field(default=ComputeConfig(), description="worker processes")

    @model_validator(mode="after")
    def _mixture_has_what_it_looks_at(self) -> "Config":
        found = missing_inputs(
            self.mixture, self.density, self.quality, self.neighbours, self.semantic, self.topics
        )
        for problem in found:
            raise ValueError(problem)
        return self


def load_config(path: Path | None) -> Config:
    """Read a configuration file; None means all defaults.

    Raises:
        ConfigError: the file is missing, is not YAML, or has a key or value that is not allowed.
    """
    if path is None:
        return Config()
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as YAML: {error}") from None
    if values is None:
        return Config()
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected sections such as 'dedup:', found {type(values).__name__}")
    try:
        return Config.model_validate(values, context={FOLDER: path.resolve().parent})
    except ValidationError as error:
        lines = "\n".join(f"  {_explain(problem)}" for problem in error.errors())
        raise ConfigError(f"{path}: {error.error_count()} problem(s)\n{lines}") from None


def _explain(problem: Any) -> str:
    location = [str(part) for part in problem["loc"]]
    key = ".".join(location)
    if problem["type"] == "extra_forbidden":
        allowed = _keys_at(location[:-1])
        close = difflib.get_close_matches(location[-1], allowed, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        told = f"; {hint}allowed here: {', '.join(allowed)}" if allowed else ""
        return f"{key}: unknown key{told}"
    if not key:
        return str(problem["msg"]).removeprefix("Value error, ")
    return f"{key}: {problem['input']!r} is not allowed: {problem['msg']}"


def _keys_at(location: list[str]) -> list[str]:
    place: Any = Config
    for part in location:
        section = _section_of(place)
        if section:
            place = section.model_fields[part].annotation if part in section.model_fields else None
        elif typing.get_origin(place) is dict and isinstance(typing.get_args(place)[1], type):
            place = typing.get_args(place)[1]
        else:
            return []
    found = _section_of(place)
    return list(found.model_fields) if found else []


def _section_of(annotation: Any) -> type[Section] | None:
    """Return the section class in an annotation such as ``X``, ``X | None`` or ``Annotated[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        found = [_section_of(option) for option in typing.get_args(annotation)]
        return next((option for option in found if option), None)
    return None


def render(config: Config) -> str:
    """Return the configuration as YAML with every key and its comment."""
    head = (
        "# Every key with its default. A key that is left out has its default; an unknown key is refused.\n"
    )
    return head + "".join(_render_section(config, 0))


def _render_section(section: Section, depth: int) -> list[str]:
    lines: list[str] = []
    indent = "  " * depth
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if depth == 0:
            lines.append("\n")
        about = field.description or (inspect.getdoc(value) if isinstance(value, Section) else "") or ""
        lines += _comment(field, about.split("\n\n")[0], indent)
        if isinstance(value, Section):
            lines.append(f"{indent}{key}:\n")
            lines += _render_section(value, depth + 1)
        else:
            plain = section.model_dump(mode="json")[key]
            lines.append(f"{indent}{key}: {visible_lines(json.dumps(plain, ensure_ascii=False))}\n")
    return lines


def _comment(field: FieldInfo, about: str, indent: str) -> list[str]:
    words = about.split()
    allowed = (
        typing.get_args(field.annotation) if typing.get_origin(field.annotation) is typing.Literal else ()
    )
    if allowed:
        words += f"(one of: {', '.join(map(str, allowed))})".split()
    lines: list[str] = []
    line = f"{indent}#"
    for word in words:
        if len(line) + 1 + len(word) > _COMMENT_WIDTH:
            lines.append(line + "\n")
            line = f"{indent}#"
        line += f" {word}"
    return [*lines, line + "\n"] if words else []
