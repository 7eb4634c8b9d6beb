"""Kills, power cuts and full disks at a chosen moment."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_stages import FLUSHED


class KilledError(BaseException):
    """Stands for a kill: no code of ours catches it."""


NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def power_cut() -> Iterator[None]:
    """Leave empty what was renamed into its place without having been flushed to disk."""
    unsafe: list[Path] = []
    really = os.replace

    def replace(source: Path, target: Path) -> None:
        if os.stat(source).st_ino not in FLUSHED:
            unsafe.append(Path(target))
        really(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", replace)
        try:
            yield
        finally:
            for path in unsafe:
                if path.exists():
                    path.write_bytes(b"")


@contextmanager
def killed_after(operations: int, end: BaseException) -> Iterator[None]:
    """Let that many files be renamed or removed, and none after them."""
    left = operations

    def dying(really: Callable[..., None]) -> Callable[..., None]:
        def operation(*arguments: Any, **options: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise end
            really(*arguments, **options)

        return operation

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", dying(os.replace))
        patch.setattr(os, "unlink", dying(os.unlink))
        yield
