"""The folder that an export is written into, and ``export.json``: what of it is finished.

Files are written beside their place, flushed and renamed, then named in ``export.json``. So a kill leaves
whole files, and the next run writes those that ``export.json`` does not name, or that have another size.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from resources.files import (
    hash_file,
    remove_left_overs,
    sha256_file,
    write_atomically,
    write_bytes_atomically,
)
from resources.lock import locked

STATE, CARD, MANIFEST, CROISSANT = "export.json", "README.md", "manifest.json", "croissant.json"
EDITED_CARD = "README.before.md"
WORK = ".export"
"""Below it lies what only a running export needs; it goes when all is written."""
_OURS = re.compile(r"(data|tokens)/[A-Za-z0-9][A-Za-z0-9._~-]*|(tokens|manifest|croissant)\.json")
_HALF_A_STATE = re.compile(r"\.export\.json\..*\.tmp")
_IGNORED = {".DS_Store", ".git", ".gitattributes"}

Figures = Mapping[str, Any]


class FolderError(RuntimeError):
    """The folder holds something else than this export; the message says what."""


class Folder:
    """A folder that is written to by this process alone."""

    def __init__(self, root: Path, mixture: Mapping[str, str], options: Mapping[str, Any]) -> None:
        self.root, self.mixture, self.options = root, dict(mixture), dict(options)
        self.files: dict[str, dict[str, Any]] = {}
        self.card = ""
        self.complete = False

    @classmethod
    @contextlib.contextmanager
    def opened(
        cls, root: Path, mixture: Mapping[str, str], options: Mapping[str, Any], *, overwrite: bool
    ) -> Iterator["Folder"]:
        """Hold a folder for the export of a mixture (its id, and the hash of what it was made from).

        With ``overwrite`` the files of another export are removed, and no others.

        Raises:
            FolderError: there is another export, or other files.
            LakeBusyError: another process exports into it.
            OSError: it cannot be written.
        """
        folder = cls(root, mixture, options)
        folder._state_to_go_on_from(overwrite)  # nothing is created where this refuses
        root.mkdir(parents=True, exist_ok=True)
        with locked(root / WORK / "lock", f"the folder {root}"):
            remove_left_overs(root)
            folder._begin(folder._state_to_go_on_from(overwrite))
            yield folder

    @property
    def work(self) -> Path:
        return self.root / WORK

    @property
    def is_described(self) -> bool:
        return all((self.root / path).is_file() for path in (CARD, MANIFEST, CROISSANT))

    def has(self, path: str) -> bool:
        """Return whether a file is finished, and as long as it was written."""
        known, file = self.files.get(path), self.root / path
        return known is not None and file.is_file() and file.stat().st_size == known["bytes"]

    def write(self, path: str, write: Callable[[BinaryIO], Figures]) -> None:
        """Write a file whole or not at all, and note its size, its hashes and what ``write`` tells of it."""
        figures: dict[str, Any] = {}

        def into(temporary: Path) -> None:
            with temporary.open("wb") as file:
                figures.update(write(file))

        write_atomically(self.root / path, into)
        size, digest = (self.root / path).stat().st_size, hash_file(self.root / path)
        sha256 = sha256_file(self.root / path)
        self.files[path] = {"bytes": size, "hash": digest, "sha256": sha256, **figures}
        self._save()

    def finish(self, described: Mapping[str, bytes]) -> None:
        """Write the files that describe the export, and note that it is complete.

        One that is there already when the export was complete before is left alone: its owner may have
        edited the card.
        """
        for path, data in described.items():
            if not (self.complete and (self.root / path).is_file()):
                write_bytes_atomically(self.root / path, data)
        if not self.complete:
            self.complete, self.card = True, hash_file(self.root / CARD)
            self._save()

    def clear_work(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)

    def _state_to_go_on_from(self, overwrite: bool) -> dict[str, Any] | None:
        """Return what ``export.json`` says, or None in an empty folder.

        Raises:
            FolderError: the folder is of others, or of another export and that is not to be replaced.
        """
        state = self._state()
        if state is None:
            self._refuse_others()
        elif not (overwrite or self._is_same(state)):
            raise FolderError(self._difference(state))
        return state

    def _is_same(self, state: Mapping[str, Any]) -> bool:
        return bool(state["mixture"] == self.mixture and state["options"] == self.options)

    def _state(self) -> dict[str, Any] | None:
        path = self.root / STATE
        if not path.is_file():
            return None
        try:
            state = json.loads(path.read_bytes())
            named = [*state["files"], *state["left"]]
            if all(_OURS.fullmatch(name) for name in named) and state["mixture"]["id"] and state["options"]:
                return dict(state)
        except (ValueError, TypeError, KeyError):
            pass
        raise FolderError(f"{path} is damaged, or not of an export: choose another folder")

    def _refuse_others(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise FolderError(f"{self.root} is a file, not a folder")
        names = {path.name for path in self.root.iterdir()} if self.root.is_dir() else set()
        others = sorted(name for name in names - _IGNORED - {WORK} if not _HALF_A_STATE.fullmatch(name))
        if others:
            raise FolderError(
                f"the folder {self.root} is not empty, and not of an export: it has {others[0]!r}"
                + (f" and {len(others) - 1} more" if len(others) > 1 else "")
                + "; choose an empty one"
            )

    def _begin(self, state: dict[str, Any] | None) -> None:
        left: list[str] = []
        if state and self._is_same(state):
            self.files, self.complete, left = state["files"], bool(state["complete"]), state["left"]
            self.card = str(state.get("card", ""))
        else:
            self._forget_work()
            self.card = str(state.get("card", "")) if state else ""
            left = sorted({MANIFEST, CROISSANT, *state["files"], *state["left"]}) if state else []
            self._save(left)
        if left:
            self._remove(left)

    def _remove(self, left: list[str]) -> None:
        """Remove the files of another export; a card that was edited is kept under another name."""
        for path in left:
            (self.root / path).unlink(missing_ok=True)
        card = self.root / CARD
        if card.is_file() and hash_file(card) != self.card:
            card.replace(self.root / EDITED_CARD)
        card.unlink(missing_ok=True)
        self.card = ""
        self._save()

    def _forget_work(self) -> None:
        """Remove what was prepared for another export; the lock stays."""
        for path in self.work.iterdir():
            if path.is_dir():
                shutil.rmtree(path)

    def _difference(self, state: Mapping[str, Any]) -> str:
        changed = sorted(
            f"{key}: {state['options'].get(key)!r} there, {self.options.get(key)!r} now"
            for key in state["options"].keys() | self.options.keys()
            if state["options"].get(key) != self.options.get(key)
        )
        if state["mixture"] != self.mixture:
            there, now = str(state["mixture"]["id"])[:8], self.mixture["id"][:8]
            word = f"mixture {there} there, {now} now"
            changed.insert(
                0, word if there != now else f"mixture {now} has been built again with other bytes"
            )
        return (
            f"the folder {self.root} holds another export ({'; '.join(changed)}): choose another folder, or"
            " replace it with --overwrite"
        )

    def _save(self, left: list[str] | None = None) -> None:
        state = {
            "mixture": self.mixture,
            "options": self.options,
            "complete": self.complete,
            "card": self.card,
            "files": dict(sorted(self.files.items())),
            "left": left or [],
        }
        data = json.dumps(state, indent=1, ensure_ascii=True) + "\n"
        write_bytes_atomically(self.root / STATE, data.encode())
