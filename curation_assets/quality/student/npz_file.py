"""Model files of students: one .npz archive of arrays, with a JSON object as bytes under "header".

The object has ``format`` (this module's number), ``kind``, ``settings`` and ``record``, as those of the
classifiers' files have. Nothing in a file is ever unpickled; the same model gives the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from curation_assets.quality.classifiers.model_file import ModelFile
from resources.files import write_bytes_atomically
from resources.models import ModelError

FORMAT = 1
_HEADER = "header"


def save_npz(file: ModelFile, path: Path) -> None:
    """Write the file as a whole or not at all."""
    header = {"format": FORMAT, "kind": file.kind, "settings": file.settings, "record": file.record}
    text = json.dumps(header, sort_keys=True, separators=(",", ":"))
    arrays = {name: np.ascontiguousarray(array) for name, array in sorted(file.arrays.items())}
    data = io.BytesIO()
    np.savez(data, allow_pickle=False, **{_HEADER: np.frombuffer(text.encode(), np.uint8)}, **arrays)
    write_bytes_atomically(path, data.getvalue())


def load_npz(path: Path, kind: str, arrays: Mapping[str, int]) -> ModelFile:
    """Read a model.

    Args:
        kind: what it has to be.
        arrays: names and numbers of dimensions of the arrays that it has to hold.

    Raises:
        ModelError: it is missing, is damaged, is of another kind, or a number in it is not finite.
    """
    try:
        with np.load(path, allow_pickle=False) as opened:
            found = {name: opened[name] for name in opened.files}
        header = json.loads(found.pop(_HEADER).tobytes())
        format_, kind_, settings, record = (header[key] for key in ("format", "kind", "settings", "record"))
    except OSError as error:
        raise ModelError(f"student {path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise ModelError(f"student {path}: not a student's file ({error})") from error
    if (format_, kind_) != (FORMAT, kind):
        raise ModelError(f"student {path}: kind {kind_!r} in format {format_}, not {kind!r} in {FORMAT}")
    if {name: array.ndim for name, array in found.items()} != dict(arrays):
        raise ModelError(f"student {path}: its arrays are {sorted(found)}, not {sorted(arrays)}")
    if not all(array.dtype.kind in "iuf" and np.isfinite(array).all() for array in found.values()):
        raise ModelError(f"student {path}: an array that holds other than finite numbers")
    return ModelFile(kind, settings, found, record)
