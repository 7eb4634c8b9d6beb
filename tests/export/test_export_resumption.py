"""An export that is killed goes on where it stopped, and ends in the same bytes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from export_lake import mixture_lake, row
from fake_stages import do_not_wait_for_the_disk
from killing import NO_SPACE, KilledError, killed_after

from curation_assets.export import packing
from curation_assets.export.exporting import Exported, export
from curation_assets.export.folder import FolderError
from curation_assets.export.options import FORMATS, Options
from curation_assets.export.packing import token_options
from curation_assets.export.source import ChangedError, Source
from curation_assets.reporting import SilentReporter
from resources.lake import Lake
from resources.lock import LakeBusyError, locked

SHARDS = {
    "a": [row(f"a{i}", f"document {i} of a " * (i + 1), weight=float(1 + i % 3)) for i in range(4)],
    "b": [row(f"b{i}", f"document {i} of b") for i in range(3)],
}


@pytest.fixture(autouse=True)
def _do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    do_not_wait_for_the_disk(monkeypatch)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return mixture_lake(tmp_path / "lake", SHARDS)


def options(kind: Any, **others: Any) -> Options:
    if kind in ("tokens", "datasets"):
        others = {"part_bytes": 300 if kind == "tokens" else 100, **others}
    return Options(kind, tokens=token_options("packaged", None) if kind == "tokens" else None, **others)


def write(lake: Lake, target: Path, kind: str, *, overwrite: bool = False, **others: Any) -> Exported:
    return export(lake, target, options(kind, **others), SilentReporter(), overwrite=overwrite)


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("jsonl", KilledError()),
        ("jsonl", NO_SPACE),
        ("datasets", KilledError()),
        ("tokens", KilledError()),
    ],
    ids=str,
)
def test_killed_at_any_rename_it_ends_in_the_same_bytes(
    lake: Lake, tmp_path: Path, kind: str, end: BaseException
) -> None:
    write(lake, tmp_path / "whole", kind)
    whole = files(tmp_path / "whole")
    assert all(not name.startswith(".") for name in whole)
    operations = 0
    while True:
        target = tmp_path / f"killed-{operations}"
        try:
            with killed_after(operations, end):
                write(lake, target, kind)
        except BaseException as error:
            if error is not end:
                raise
        else:
            break
        for name, data in files(target).items():  # what is in its place is whole
            if not name.startswith(".") and "/." not in name and name != "export.json":
                assert whole[name] == data
        write(lake, target, kind)
        assert files(target) == whole
        operations += 1
    assert operations > 2 * len(whole) - 4  # every file and the state behind it were a moment to die


def test_killed_again_and_again_it_gets_further_each_time(lake: Lake, tmp_path: Path) -> None:
    write(lake, tmp_path / "whole", "datasets")
    for _ in range(40):
        try:
            with killed_after(5, KilledError()):
                write(lake, tmp_path / "to", "datasets")
        except KilledError:
            continue
        break
    assert files(tmp_path / "to") == files(tmp_path / "whole")


def test_a_finished_export_reads_nothing_and_writes_nothing(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(lake, tmp_path / "to", "tokens")
    monkeypatch.setattr(Source, "frames", lambda *_: pytest.fail("read again"))
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*") if path.is_file()}
    again = write(lake, tmp_path / "to", "tokens")
    assert (again.phases, again.written, again.kept) == (first.phases, 0, first.written)
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_tokens_of_a_shard_are_not_made_twice(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    encodings = packing.encodings

    def counted(texts: list[str], tokenizer: Any) -> Any:
        seen.extend(texts)
        return encodings(texts, tokenizer)

    monkeypatch.setattr(packing, "encodings", counted)
    with pytest.raises(KilledError), killed_after(4, KilledError()):  # state, two shards, a part
        write(lake, tmp_path / "to", "tokens")
    write(lake, tmp_path / "to", "tokens")
    assert sorted(seen) == sorted(one["text"] for rows in SHARDS.values() for one in rows)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_missing_or_cut_off_is_written_again_and_the_card_is_left_alone(
    lake: Lake, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / "to"
    write(lake, target, kind)
    whole = files(target)
    names = sorted(name for name in whole if "/" in name)
    (target / names[0]).unlink()
    (target / names[1]).write_bytes(whole[names[1]][:-1])
    (target / "README.md").write_text("my own words")
    done = write(lake, target, kind)
    assert done.written + done.kept == len(names) + (kind == "tokens")
    assert files(target) == {**whole, "README.md": b"my own words"}


def test_another_mixture_or_other_options_are_refused_unless_to_be_replaced(
    lake: Lake, tmp_path: Path
) -> None:
    target = tmp_path / "to"
    write(lake, target, "datasets")
    before = files(target)
    with pytest.raises(FolderError, match=r"part_size: 100 there, 50 now.*--overwrite"):
        write(lake, target, "datasets", part_bytes=50)
    with pytest.raises(FolderError, match="format: 'datasets' there, 'tokens' now"):
        write(lake, target, "tokens")
    mixture_lake(lake.root, {"a": SHARDS["a"][:2]})
    with pytest.raises(FolderError, match=r"mixture \w{8} there, \w{8} now"):
        write(lake, target, "datasets")
    assert files(target) == before
    (target / "mine.txt").write_text("mine")
    (target / "README.md").write_text("with a licence")
    write(lake, target, "tokens", overwrite=True)
    write(lake, tmp_path / "fresh", "tokens")
    others = {"mine.txt": b"mine", "README.before.md": b"with a licence"}
    assert files(target) == {**files(tmp_path / "fresh"), **others}


def test_killed_while_it_replaces_another_it_leaves_nothing_of_that(lake: Lake, tmp_path: Path) -> None:
    write(lake, tmp_path / "old", "datasets")
    write(lake, tmp_path / "whole", "jsonl")
    operations = 0
    while True:
        target = tmp_path / f"to-{operations}"
        shutil.copytree(tmp_path / "old", target)
        try:
            with killed_after(operations, KilledError()):
                write(lake, target, "jsonl", overwrite=True)
        except KilledError:
            write(lake, target, "jsonl", overwrite=operations == 0)  # until the state says what it is to be
            assert files(target) == files(tmp_path / "whole")
            operations += 1
        else:
            break
    assert operations > 10


def test_a_mixture_with_the_same_id_and_other_bytes_is_another(lake: Lake, tmp_path: Path) -> None:
    path = lake.root / "mixture_manifest" / "manifest.json"
    identity = json.loads(path.read_bytes())["mixture_id"]
    write(lake, tmp_path / "to", "jsonl")
    mixture_lake(lake.root, {**SHARDS, "b": SHARDS["b"][:1]}, mixture_id=identity)
    with pytest.raises(FolderError, match="built again with other bytes"):
        write(lake, tmp_path / "to", "jsonl")


def test_a_folder_of_others_is_never_written_to(lake: Lake, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(FolderError, match=r"not empty, .*: it has 'thesis\.txt'"):
            write(lake, target, "jsonl", overwrite=overwrite)
    assert files(target) == {"thesis.txt": b"years of work"}


def test_a_state_that_names_files_of_others_is_not_believed(lake: Lake, tmp_path: Path) -> None:
    write(lake, tmp_path / "to", "jsonl")
    (tmp_path / "victim").write_text("precious")
    state = json.loads((tmp_path / "to" / "export.json").read_bytes())
    for name in ("../victim", "data/../../victim", "/etc/passwd", "README.md"):
        state["left"] = [name]
        (tmp_path / "to" / "export.json").write_text(json.dumps(state))
        with pytest.raises(FolderError, match="damaged"):
            write(lake, tmp_path / "to", "jsonl", overwrite=True)
    assert (tmp_path / "victim").read_text() == "precious"


def test_two_do_not_write_one_folder(lake: Lake, tmp_path: Path) -> None:
    with locked(tmp_path / "to" / ".export" / "lock", "it"), pytest.raises(LakeBusyError):
        write(lake, tmp_path / "to", "jsonl")


def test_a_lake_that_is_written_to_meanwhile_is_noticed(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = Source.frames

    def meanwhile(source: Source, shard: str, *others: Any) -> Any:
        lake.withdraw("mixture", shard)
        yield from frames(source, shard, *others)

    monkeypatch.setattr(Source, "frames", meanwhile)
    with pytest.raises(ChangedError, match="written to meanwhile"):
        write(lake, tmp_path / "to", "jsonl")
