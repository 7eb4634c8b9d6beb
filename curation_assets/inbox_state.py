"""What the lake was last built from, in one hash, so that a look at the inbox tells whether to build.

The hash covers the content of every file of the inbox and the code version (algorithm and settings) of
every stage. A run takes it away when it begins and writes it when it has looked at everything, so a run
that was killed or stopped leaves none, and one that ended with failed shards does leave it: nothing else
would come of the same files.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from curation_assets import freshness, runner
from curation_assets.contamination.stage import CONTAMINATION
from curation_assets.graph import STAGES, lake_stages, shard_stages, stages_after
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.stage import LakeStage, Stage
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.files import hash_file
from resources.lake import Lake

STATE_FILE = "_state/inbox_state.txt"
BYTES_HASHED_PER_LOOK = 1_000_000_000
"""More than this is left to the run: a look has to end within a minute, on a slow disk too."""


def state_now(workplace: Workplace) -> str:
    """Return the hash of what a run would build from; only files whose stat changed are read.

    If there are more than ``BYTES_HASHED_PER_LOOK`` to read, their sizes and times stand for them, and
    the result is the state of no lake.
    """
    unread = [file for file in workplace.inbox.shards.values() if not _is_known(workplace, file.path)]
    if sum(file.size for file in unread) > BYTES_HASHED_PER_LOOK:
        return content_hash(*[f"{file.key} {file.size} {file.mtime_ns}" for file in unread])
    contents = {
        shard: freshness.input_versions(RAW_DOCUMENTS, workplace, shard)["external"]
        for shard in workplace.inbox.shards
    }
    workplace.remember_hashes()
    return _state(workplace, contents | _built_from(workplace.lake, runner.shards_out_of_sight(workplace)))


def _is_known(workplace: Workplace, path: Path) -> bool:
    try:
        return workplace.hashes.is_known(path)
    except OSError:  # gone since, or not to be read: nothing to hash
        return True


def state_built(workplace: Workplace) -> str:
    """Return the hash of what the lake was built from, by the records of its shards."""
    return _state(workplace, _built_from(workplace.lake, workplace.lake.recorded_shards(RAW_DOCUMENTS.name)))


def _built_from(lake: Lake, shards: Iterable[str]) -> dict[str, str]:
    """Return the hash of each shard's file as it was when the shard was built."""
    records = [lake.record(RAW_DOCUMENTS.name, shard) for shard in shards]
    return {record.shard: record.inputs["external"] for record in records if record}


def _state(workplace: Workplace, contents: Mapping[str, str]) -> str:
    code_versions = [stage.code_version(workplace) for stage in STAGES]
    evaluation = _evaluation_sets(workplace)
    files = [part for item in sorted(contents.items()) for part in item]
    return content_hash(*code_versions, evaluation, *files)


def _evaluation_sets(workplace: Workplace) -> str:
    """Return the hash of the evaluation sets as they are; "" if one cannot be read, which a run tells."""
    try:
        return CONTAMINATION.external(workplace, "")
    except (OSError, ValueError):
        return ""


def save_state(workplace: Workplace) -> None:
    """Write down that the lake is up to date with what it was built from."""
    workplace.lake.write_file(STATE_FILE, state_built(workplace).encode())


def saved_state(lake: Lake) -> str | None:
    """Return the state that the last run to end left, or None if a run has begun since, or none ever did."""
    path = lake.root / STATE_FILE
    return path.read_text(encoding="utf-8") if path.is_file() else None


def forget_state(lake: Lake) -> None:
    (lake.root / STATE_FILE).unlink(missing_ok=True)


def is_suddenly_empty(workplace: Workplace) -> bool:
    """Return whether the lake holds shards and the inbox none: a folder that is not mounted, most likely."""
    return not workplace.inbox.shards and bool(workplace.lake.recorded_shards(RAW_DOCUMENTS.name))


def remove_damaged(workplace: Workplace) -> list[str]:
    """Remove every file of the lake whose bytes are not those that were recorded; return their paths.

    A file that is gone is built again, like any other that is missing. All that may have been built from
    the damaged bytes is built again from nothing, since the mended file will look as if nothing had changed.
    """
    lake = workplace.lake
    damaged = [
        (stage, [path for name in _recorded_by(stage) for path in _damaged(lake, name)]) for stage in STAGES
    ]
    for stage, paths in damaged:
        for path in paths:
            (lake.root / path).unlink()
        for later in stages_after(stage.name) if paths else ():
            _withdraw(later, lake)
    return [path for _, paths in damaged for path in paths] + _remove_nameless(lake)


def _damaged(lake: Lake, name: str) -> list[str]:
    records = [lake.record(name, shard) for shard in lake.recorded_shards(name)]
    files = [item for record in records if record for item in record.files.items()]
    return [path for path, digest in files if (lake.root / path).is_file() and not _is(lake, path, digest)]


def _is(lake: Lake, path: str, digest: str) -> bool:
    return hash_file(lake.root / path) == digest


def _withdraw(stage: Stage, lake: Lake) -> None:
    for shard in lake.recorded_shards(stage.name):
        lake.withdraw(stage.name, shard)


def _remove_nameless(lake: Lake) -> list[str]:
    """Remove files in the folders of tables that no record names, as when records were lost."""
    named = {
        path
        for stage in STAGES
        for name in _recorded_by(stage)
        for shard in lake.recorded_shards(name)
        for path in lake.files_of(name, shard)
    }
    tables = {path.partition("/")[0] for path in named | _all_tables()}
    found = [
        str(file.relative_to(lake.root))
        for table in sorted(tables)
        for file in sorted((lake.root / table).glob("*.*"))
        if file.is_file() and not file.name.startswith(".")
    ]
    nameless = [path for path in found if path not in named]
    for path in nameless:
        (lake.root / path).unlink()
    return nameless


def _all_tables() -> set[str]:
    """Return the paths of some shard in all tables that are written shard by shard."""
    by_shard = {path for stage in shard_stages() for path in stage.paths("shard")}
    return by_shard | {f"{stage.label_table}/shard.parquet" for stage in lake_stages() if stage.label_table}


def _recorded_by(stage: Stage) -> list[str]:
    return [stage.name, stage.labels] if isinstance(stage, LakeStage) and stage.labels else [stage.name]
