"""Files that are either there as a whole or not there at all."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

TEMPORARY_SUFFIX = ".tmp"
_CHUNK_BYTES = 1 << 20


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, flush it to disk and rename it.

    A kill at any moment leaves the old file or the new one; a left-over ``*.tmp`` is never read.
    """
    prefix = f".{path.name[:80]}.{os.getpid()}."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=TEMPORARY_SUFFIX, dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written ({error.strerror})", str(path)) from error
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` as a whole or not at all."""
    write_atomically(path, lambda temporary: _write(temporary, data))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def open_regular(path: Path, buffer_bytes: int = _CHUNK_BYTES) -> BinaryIO:
    """Open a file for reading; never waits for a writer, as opening a pipe by its name does.

    Raises:
        OSError: it cannot be opened, or it is no regular file.
    """
    file = open(path, "rb", buffering=buffer_bytes, opener=_open_at_once)  # noqa: SIM115 (the caller's)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def hash_file(path: Path) -> str:
    """Return 32 hexadecimal characters (128 bits of BLAKE2b) of the file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, which others than this system know how to compare."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def remove_left_overs(folder: Path) -> int:
    """Delete the temporary files that a killed process left below ``folder``; return how many.

    Those of a process that is alive, such as a build started from the UI, are left to it.
    """
    left_over = [path for path in folder.rglob(f".*{TEMPORARY_SUFFIX}") if not _writer_is_alive(path)]
    for path in left_over:
        path.unlink(missing_ok=True)
    return len(left_over)


def _writer_is_alive(temporary: Path) -> bool:
    parts = temporary.name.split(".")
    process = parts[-3] if len(parts) > 3 else ""
    if not process.isdigit() or int(process) == os.getpid():  # this process has not begun to write
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
