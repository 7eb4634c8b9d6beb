"""Files are there as a whole or not at all, whatever happens to their writer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from curation_assets.workplace import PROJECT
from resources.files import hash_file, remove_left_overs, write_atomically, write_bytes_atomically
from resources.lake import Lake


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_bytes_atomically(path, b"old and long")
    write_bytes_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_others_may_read_a_file_that_was_written(tmp_path: Path) -> None:
    write_bytes_atomically(tmp_path / "file", b"x")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    path = tmp_path / "table" / "s.parquet"
    path.parent.mkdir()
    path.write_bytes(b"old")
    code = (
        "import os, signal; from pathlib import Path; from resources.files import write_atomically\n"
        "def write(temporary):\n"
        "    temporary.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)\n"
        f"write_atomically(Path({str(path)!r}), write)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(list(path.parent.iterdir())) == 2
    with lake.writing():
        assert [file.name for file in path.parent.iterdir()] == ["s.parquet"]


def test_the_bytes_are_on_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, order = tmp_path / "file", []
    monkeypatch.setattr(os, "fsync", lambda _handle: order.append(path.exists()))
    write_bytes_atomically(path, b"x")
    assert order == [False]


def test_only_temporary_files_of_ours_are_left_overs(tmp_path: Path) -> None:
    (tmp_path / "table").mkdir()
    for name in (".s.parquet.abc.tmp", "notes.tmp", "s.parquet", ".hidden"):
        (tmp_path / "table" / name).touch()
    assert remove_left_overs(tmp_path) == 1
    assert sorted(file.name for file in (tmp_path / "table").iterdir()) == [
        ".hidden",
        "notes.tmp",
        "s.parquet",
    ]


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    write_bytes_atomically(path, b"x")
    assert path.read_bytes() == b"x"


def test_the_hash_covers_every_byte(tmp_path: Path) -> None:
    """BLAKE2b, 16 bytes: the empty file's digest is what ``b2sum -l 128 /dev/null`` of coreutils prints."""
    data = bytearray((1 << 20) + 1)
    path = tmp_path / "file"
    path.write_bytes(b"")
    assert hash_file(path) == "cae66941d9efbd404e4d88758ea67670"
    path.write_bytes(data)
    before = hash_file(path)
    data[-1] = 1
    path.write_bytes(data)
    assert hash_file(path) != before


def test_a_file_that_a_living_process_is_writing_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / f".s.parquet.{os.getppid()}.abc.tmp").touch()
    (tmp_path / ".s.parquet.999999999.abc.tmp").touch()
    assert remove_left_overs(tmp_path) == 1
    assert [file.name for file in tmp_path.iterdir()] == [f".s.parquet.{os.getppid()}.abc.tmp"]
