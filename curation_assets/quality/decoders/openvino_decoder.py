"""The lower layers of a model in OpenVINO, converted once and kept in the model cache."""

import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.decoders.decoder import NO_OPENVINO, Pooling
from curation_assets.quality.decoders.torch_decoder import load_layers
from resources.models import Dtype, ModelError, model_cache, weights_fingerprint

CONVERSION = "1"
"""Raised by hand when the same weights are converted to another graph."""
_PRECISION = {"bfloat16": "bf16", "float32": "f32"}
_EXAMPLE_TOKENS = 16


class OpenVinoDecoder:
    """See ``Decoder``; one thread, one document at a time."""

    def __init__(self, folder: Path, layer: int | None, pooling: Pooling, dtype: Dtype) -> None:
        try:
            import openvino
        except ImportError as error:
            raise ModelError(NO_OPENVINO) from error
        self._pooling = pooling
        settings = {
            "INFERENCE_NUM_THREADS": 1,
            "INFERENCE_PRECISION_HINT": _PRECISION[dtype],
            "ENABLE_CPU_PINNING": False,  # the processes of several workers would share one core
        }
        self._model: Any = openvino.Core().compile_model(converted(folder, layer), "CPU", settings)
        self.size = int(self._model.output(0).get_partial_shape()[2].get_length())

    def features(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """See ``Decoder.features``."""
        rows = np.full((len(documents), self.size), np.nan, dtype=np.float32)
        for row, ids in zip(rows, documents, strict=True):
            if ids:
                states = self._model([np.array([ids], dtype=np.int64)])[0][0]
                row[:] = states.mean(axis=0, dtype=np.float64) if self._pooling == "mean" else states[-1]
        return rows


def converted(folder: Path, layer: int | None) -> Path:
    """Return the graph file (.xml) of a model's lower layers, converting them the first time.

    Several processes may do so at once: the first rename wins.

    Raises:
        ModelError: the model cannot be converted.
    """
    import openvino

    layers = "all" if layer is None else str(layer)
    target = model_cache() / f"openvino-{weights_fingerprint(folder)}-{layers}-v{CONVERSION}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
        try:
            openvino.save_model(_graph(folder, layer), temporary / "model.xml", compress_to_fp16=False)
            temporary.chmod(0o755)
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was first
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return target / "model.xml"


def _graph(folder: Path, layer: int | None) -> Any:
    import openvino
    import torch

    class Layers(torch.nn.Module):
        """Token ids [1, n] to hidden states [1, n, size]; the causal mask is a part of the graph."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = load_layers(folder, layer, "float32")

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            count = input_ids.shape[1]
            mask = torch.full((count, count), -1e9).triu(1)[None, None]
            positions = torch.cumsum(torch.ones_like(input_ids), 1) - 1
            states: torch.Tensor = self.layers(
                input_ids=input_ids, attention_mask=mask, position_ids=positions, use_cache=False
            ).last_hidden_state
            return states

    example = {"input_ids": torch.arange(_EXAMPLE_TOKENS)[None] % 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracing, about branches that are not taken here
        try:
            return openvino.convert_model(Layers().eval(), example_input=example)
        except (RuntimeError, TypeError, ValueError, openvino.exceptions.OVError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"model {folder}: OpenVINO cannot convert it ({first}); take backend: torch"
            ) from error
