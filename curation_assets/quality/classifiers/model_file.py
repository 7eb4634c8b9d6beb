"""The file of a trained classifier: safetensors, with one JSON object in its metadata under "model".

The object has ``format`` (this module's number), ``kind`` (which classifier), ``settings`` (what a score
depends on beside the arrays) and ``record`` (what it was trained on and how it fared). Which arrays and
settings there are is written at each classifier. The same model gives the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import content_hash
from resources.files import write_bytes_atomically
from resources.models import ModelError

FORMAT = 1
_KEY = "model"


@dataclass(frozen=True)
class ModelFile:
    """What a file holds."""

    kind: str
    settings: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Return the content hash of kind, settings and arrays, not of the record."""
        parts: list[str | bytes] = [str(FORMAT), self.kind, _json(self.settings)]
        for name, array in sorted(self.arrays.items()):
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            parts += [name, str(little.dtype), str(array.shape), little.tobytes()]
        return content_hash(*parts)

    def save(self, path: Path) -> None:
        """Write the file as a whole or not at all."""
        from safetensors.numpy import save

        # One key only: safetensors writes several in an order that changes from process to process.
        header = {"format": FORMAT, "kind": self.kind, "settings": self.settings, "record": self.record}
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        write_bytes_atomically(path, save(arrays, metadata={_KEY: _json(header)}))


def load_model_file(path: Path, kind: str, arrays: Mapping[str, int]) -> ModelFile:
    """Read a classifier's file.

    Args:
        kind: the classifier that it has to be of.
        arrays: names and numbers of dimensions of the arrays that it has to hold.

    Raises:
        ModelError: it is missing, is damaged, is of another kind, or a number in it is not finite.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})[_KEY])
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        format_, kind_, settings, record = (header[key] for key in ("format", "kind", "settings", "record"))
    except OSError as error:
        raise ModelError(f"classifier {path}: {error.strerror or error}") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"classifier {path}: not a classifier's file ({error})") from error
    if (format_, kind_) != (FORMAT, kind):
        raise ModelError(f"classifier {path}: kind {kind_!r} in format {format_}, not {kind!r} in {FORMAT}")
    if {name: array.ndim for name, array in found.items()} != dict(arrays):
        raise ModelError(f"classifier {path}: its arrays are {sorted(found)}, not {sorted(arrays)}")
    if not all(np.isfinite(array).all() for array in found.values()):
        raise ModelError(f"classifier {path}: a number that is not finite")
    return ModelFile(kind, settings, found, record)


def read_record(path: Path) -> Mapping[str, Any]:
    """Return the record of a classifier's file without reading its arrays.

    Raises:
        OSError, SafetensorError, ValueError, KeyError, TypeError: it is no such file.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        record: Mapping[str, Any] = json.loads((file.metadata() or {})[_KEY])["record"]
    return record


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
