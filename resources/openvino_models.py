"""Models in OpenVINO: converted from torch once, kept in the model cache, compiled for this processor."""

import importlib.util
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resources.models import Dtype, ModelError, model_cache

_PRECISION = {"bfloat16": "bf16", "float32": "f32"}


def require_openvino(key: str) -> None:
    """Raise ModelError, which says what to install, where the package is missing.

    Args:
        key: of the configuration that asks for it, such as "quality.backend".
    """
    if importlib.util.find_spec("openvino") is None:
        raise ModelError(f"{key}: openvino is not installed; pip install -c constraints.txt -e '.[openvino]'")


def converted(name: str, convert: Callable[[], Any]) -> Path:
    """Return the graph file (.xml) of this name, converting it the first time.

    Several processes may do so at once: the first rename wins.

    Args:
        name: of the folder in the model cache; holds a fingerprint of all that the graph depends on.
        convert: returns the openvino.Model.
    """
    import openvino

    target = model_cache() / name
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
        try:
            openvino.save_model(convert(), temporary / "model.xml", compress_to_fp16=False)
            temporary.chmod(0o755)
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was first
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return target / "model.xml"


def traced(module: Any, example: Mapping[str, Any], folder: Path) -> Any:
    """Return the openvino.Model of a torch module, traced with example inputs.

    Raises:
        ModelError: it cannot be converted; ``folder`` is what the message calls it.
    """
    import openvino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracing, about branches that are not taken here
        try:
            return openvino.convert_model(module.eval(), example_input=dict(example))
        except (RuntimeError, TypeError, ValueError, openvino.exceptions.OVError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"model {folder}: OpenVINO cannot convert it ({first}); take backend: torch"
            ) from error


def compiled(graph: Any, dtype: Dtype, threads: int = 1) -> Any:
    """Return a graph, or a graph file, ready to be called.

    Args:
        dtype: of the arithmetic; inputs and outputs keep theirs.
    """
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": _PRECISION[dtype],
        "ENABLE_CPU_PINNING": False,  # the processes of several workers would share one core
    }
    return openvino.Core().compile_model(graph, "CPU", settings)
