"""An export from beginning to end.

Memory, beside the libraries: files by shard need a few times 16 MB. Formats in the order of training
need 60 bytes for each row and reading more than that, and a few times 16 MB; and, on disk while they are
made, the rows once more without compression (texts, or tokens of 2 or 4 bytes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation_assets.cards.config import card_of
from curation_assets.cards.header import header
from curation_assets.export import by_shard, ordered
from curation_assets.export.card import card
from curation_assets.export.configs import by_shard_configs, phase_configs
from curation_assets.export.described import described
from curation_assets.export.folder import CARD, CROISSANT, MANIFEST, Folder
from curation_assets.export.options import BY_SHARD, Options
from curation_assets.export.packing import SIDECAR, sidecar
from curation_assets.export.source import MAIN, Source
from curation_assets.reporting import Reporter
from resources.lake import Lake


@dataclass(frozen=True)
class Exported:
    """What a folder holds now, by phase in the order of training, and how many files were written for it.

    ``phases``: rows, readings and tokens. ``written`` and ``kept`` count files of data.
    """

    phases: Mapping[str, Mapping[str, int]]
    written: int
    kept: int
    bytes: int


def export(
    lake: Lake, target: Path, options: Options, reporter: Reporter, *, overwrite: bool = False
) -> Exported:
    """Write the mixture of a lake into a folder, as far as it is not there yet.

    The same mixture and options give the same bytes, however often the export was killed on the way.

    Raises:
        LookupError: the lake has no mixture yet, or no such phase.
        ValueError: the mixture is not that of its manifest, or has values that are none.
        ChangedError: the lake was written to meanwhile.
        FolderError: the folder has other files, or those of another export.
        OSError: the folder cannot be written, or the disk is full.
    """
    source = Source.open(lake)
    phases = _chosen(source, options)
    if target.resolve().is_relative_to(lake.root.resolve()):
        raise ValueError(f"the folder {target} lies in the lake {lake.root}: choose one outside of it")
    mixture = {"id": source.mixture_id, "made_from": source.made_from}
    with Folder.opened(target, mixture, options.described(), overwrite=overwrite) as folder:
        before = {path for path in folder.files if folder.has(path)}
        if folder.complete and before == folder.files.keys() and folder.is_described:
            folder.clear_work()
            return _exported(folder, phases, before)
        made = _by_shard if options.format in BY_SHARD else _ordered
        head, names = made(source, phases, options, folder, reporter)
        counts = _figures_by_phase(folder.files, phases)
        text = card(source, options, head, counts, names)
        metadata = described(source, options, folder.files, counts)
        folder.finish({MANIFEST: source.manifest_bytes, CARD: text, CROISSANT: metadata})
        folder.clear_work()
        return _exported(folder, phases, before)


def _exported(folder: Folder, phases: Mapping[str, int], before: set[str]) -> Exported:
    size = sum(int(file["bytes"]) for file in folder.files.values())
    counts = _figures_by_phase(folder.files, phases)
    return Exported(counts, len(folder.files.keys() - before), len(before), size)


def _chosen(source: Source, options: Options) -> dict[str, int]:
    """Return the rows of the phases that are asked for, in the order of training."""
    found = source.phases() or {MAIN: 0}
    unknown = sorted(set(options.phases or ()) - found.keys())
    if unknown:
        raise LookupError(f"the mixture has no phase {unknown[0]!r}; it has {', '.join(map(repr, found))}")
    return {name: rows for name, rows in found.items() if options.phases is None or name in options.phases}


Made = tuple[str, list[str]]
"""The card's header, and the beginnings of the names of parts of tokens."""


def _languages(source: Source) -> list[str | None]:
    contents = source.manifest.get("contents")
    return (
        [row.get("language") for row in contents if isinstance(row, dict)]
        if isinstance(contents, list)
        else []
    )


def _by_shard(
    source: Source, phases: Mapping[str, int], options: Options, folder: Folder, reporter: Reporter
) -> Made:
    suffix = by_shard.SUFFIXES[options.format]
    with reporter.stage("writing", sum(phases.values())) as progress:
        for shard in source.files:
            path = f"data/{shard}{suffix}"
            if not folder.has(path):
                frames = source.frames(shard, None, list(phases))
                folder.write(path, by_shard.writer(options.format, frames, progress))
    rows = sum(int(file["rows"]) for file in folder.files.values())
    configs = by_shard_configs(suffix) if folder.files else []
    return header(_languages(source), rows, configs, (), card_of(source.manifest)), []


def _figures_by_phase(
    files: Mapping[str, Mapping[str, Any]], phases: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    counts = {name: dict.fromkeys(by_shard.FIGURES, 0) for name in phases}
    for file in files.values():
        for phase, figures in file.get("phases", {}).items():
            for key, value in figures.items():
                counts[phase][key] += value
    return counts


def _ordered(
    source: Source, phases: Mapping[str, int], options: Options, folder: Folder, reporter: Reporter
) -> Made:
    documents = sum(phases.values())
    with reporter.stage("tokenising" if options.tokens else "reading", documents) as progress:
        prepared = ordered.prepare(source, list(phases), options, folder, progress)
    with reporter.stage("writing", documents if options.copies == "once" else None) as progress:
        parts = ordered.write_parts(prepared, list(phases), options, folder, progress)
    names = {phase: [part.name for part in of_phase] for phase, of_phase in zip(phases, parts, strict=True)}
    suffix = ".bin" if options.tokens else ".parquet"
    rows = sum(int(file["rows"]) for path, file in folder.files.items() if path.endswith(suffix))
    if options.tokens:
        described = sidecar(options.tokens, options.copies, names, folder.files)
        if not folder.has(SIDECAR):
            folder.write(SIDECAR, lambda file: {"written": file.write(described)})
        return header(_languages(source), rows, (), (), card_of(source.manifest)), [
            name for listed in names.values() for name in listed
        ]
    files = {phase: [f"{name}.parquet" for name in listed] for phase, listed in names.items()}
    configs, infos = phase_configs(files, folder.files, prepared.types)
    return header(_languages(source), rows, configs, infos, card_of(source.manifest)), []
