"""What a stage is: the inputs it names, the settings it touches, the function that builds it.

Stages know nothing of Dagster. A shard stage builds one shard from the same shard of earlier
stages; a lake stage looks at every shard, and hands its verdict back as one small label table a
shard, so that downstream only the shards whose labels changed are stale.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from curation_assets.progress import Progress
from curation_assets.section import Section
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.records import BuildRecord, Counts

Figures = Mapping[str, int | float | str]
Plot = Callable[[], bytes]


class MissingInputError(RuntimeError):
    """What a stage is built from is not there: an earlier stage for this shard, or its file."""


class RequirementError(RuntimeError):
    """What every build of a stage needs, a model, a list or a package, cannot be used."""


@dataclass(frozen=True)
class Built:
    """What a build made: tables by name, other files by path in the lake, and what to tell of it.

    ``keeps`` names files (by path in the lake) of the last build that stay as they are: they belong to this
    build too, and are not written again.
    ``plots`` draw SVG pictures, by title; they go into Dagster's metadata, not into the lake, so they are
    drawn only if somebody wants them. ``rows_in`` is what the build has seen come in, where the tables of
    earlier stages cannot tell.
    """

    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    keeps: Sequence[str] = ()
    figures: Figures = field(default_factory=dict)
    plots: Mapping[str, Plot] = field(default_factory=dict)
    bytes_in: int = 0
    rows_in: int | None = None


@dataclass(frozen=True)
class BuiltLabels(Built):
    """A lake stage's result: for each shard, the label table that downstream reads.

    ``unchanged`` names the shards whose label table stays as the last build left it.
    """

    labels: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    unchanged: Sequence[str] = ()


@dataclass(frozen=True)
class Previous:
    """The last build of a stage by the same algorithm; the files of its record are as it left them.

    Attributes:
        same_settings: whether the settings that the stage depends on are the same, too.
        changed: for a stage by shard the inputs, for a stage over the whole lake the shards, that have
            another version now, or that it did not have.
        gone: the inputs or shards that it had and that are no more.
    """

    record: BuildRecord
    same_settings: bool
    changed: frozenset[str]
    gone: frozenset[str]


@dataclass(frozen=True)
class Check:
    """A statistic that a person should know of; it warns and never holds anything back.

    ``look`` takes the shard (or ``WHOLE_LAKE``) and returns whether all is well, and the figures.
    ``advice`` says what to do where it is not. ``whole``: of a stage by shard it looks at all shards at
    once, after the last one. Where it does not apply to the settings, no run logs it.
    """

    name: str
    description: str
    look: Callable[[Workplace, str], tuple[bool, Figures]]
    advice: str = ""
    whole: bool = False
    applies: Callable[[Workplace], bool] = lambda _workplace: True


def no_fingerprint(_workplace: Workplace, _shard: str) -> str:
    return ""


def nothing_required(_workplace: Workplace) -> None:
    pass


@dataclass(frozen=True)
class StageBase:
    """What both kinds of stage have.

    Attributes:
        name: the asset's name.
        reads: names of the stages whose output the build reads.
        version: raised by hand whenever the algorithm gives other results.
        settings: picks the part of the configuration that the build depends on.
        columns: what the columns of the main table mean, for the catalogue.
        checks: statistics to warn of, beside the conservation check that every stage has.
    """

    name: str
    reads: tuple[str, ...]
    version: str
    settings: Callable[[Workplace], Section | tuple[Section, ...]]
    columns: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    checks: tuple[Check, ...] = field(default=(), kw_only=True)

    def code_version(self, workplace: Workplace) -> str:
        """Return what Dagster compares: algorithm version and hash of the settings touched."""
        known = workplace.code_versions
        if self.name not in known:
            digest = content_hash(*[section.model_dump_json() for section in self._sections(workplace)])
            known[self.name] = f"{self.version}-{digest[:12]}"
        return known[self.name]

    def settings_json(self, workplace: Workplace) -> str:
        """Return the settings touched, by name of their section in curation.yaml, as JSON."""
        config = workplace.config
        names = {type(getattr(config, name)): name for name in type(config).model_fields}
        named = {
            section.part_of or names.get(type(section), type(section).__name__): section.model_dump(
                mode="json"
            )
            for section in self._sections(workplace)
        }
        return json.dumps(named, sort_keys=True)

    def _sections(self, workplace: Workplace) -> tuple[Section, ...]:
        settings = self.settings(workplace)
        return settings if isinstance(settings, tuple) else (settings,)


@dataclass(frozen=True)
class ShardStage(StageBase):
    """Built shard by shard.

    Attributes:
        build: makes the tables of a shard from nothing.
        update: makes the same tables with less work from the last build, or returns None where it cannot.
        count: recounts documents in and out from the tables as written, for the conservation check.
        tables: the tables written, the main one first.
        exports: other files written, their paths in the lake with ``{shard}`` for the shard.
        external: fingerprint of what else the build depends on (the bytes of a model or an input file).
        requires: raises where something that every shard needs, such as a model, cannot be used. A run asks
            before it touches the lake: a shard that fails is taken out of it, and so would all of them be.
        heavy: worth a worker process; light stages run where they are.
    """

    build: Callable[[Workplace, str, Progress], Built]
    count: Callable[[Workplace, str], Counts]
    update: Callable[[Workplace, str, Previous, Progress], Built | None] | None = None
    tables: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    external: Callable[[Workplace, str], str] = no_fingerprint
    requires: Callable[[Workplace], object] = nothing_required
    heavy: bool = False

    def check_requirements(self, workplace: Workplace) -> None:
        """Raise RequirementError, which says what is missing, if the stage cannot be built for any shard."""
        try:
            self.requires(workplace)
        except Exception as error:
            raise RequirementError(f"{self.name} cannot be built: {error}") from error

    def paths(self, shard: str) -> list[str]:
        """Return the files of the lake that a build of this shard may write."""
        exports = [path.replace("{shard}", shard) for path in self.exports]
        return [*(f"{table}/{shard}.parquet" for table in self.tables), *exports]


@dataclass(frozen=True)
class LakeStage(StageBase):
    """Built from all shards at once.

    Attributes:
        build: makes the verdict on the given shards from nothing.
        update: makes the same verdict with less work from the last build, or returns None where it cannot.
            It may read the tables of the last build, and the label tables, which are still in place.
        count: recounts documents in and out over all the given shards, from what was written.
        labels: name of the per-shard asset that its label tables make up, if any.
        label_table: the folder of the lake that they are written to.
    """

    build: Callable[[Workplace, Sequence[str], Progress], Built]
    count: Callable[[Workplace, Sequence[str]], Counts]
    update: Callable[[Workplace, Sequence[str], Previous, Progress], Built | None] | None = None
    labels: str | None = None
    label_table: str = ""


Stage = ShardStage | LakeStage
