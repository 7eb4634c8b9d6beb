"""A linear read-out of hidden states: its file, and the model that it was trained on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import content_hash
from resources.models import PACKAGED, ModelError

PACKAGED_PROBE = Path(__file__).parents[1] / "probes" / "smollm2-135m-instruct.json"
FORMAT = 1


@dataclass(frozen=True)
class Probe:
    """Logistic regression on the mean hidden state of a document.

    Attributes:
        weights: fingerprint of the model weights that the probe belongs to.
        layer: hidden states are those after this many layers.
        mean, scale, coefficients: [hidden size]; features are standardised before the product.
        record: what it was trained on and how it was judged.
    """

    weights: str
    layer: int
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    record: dict[str, Any]

    def probability(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return P(informative), float64 [n], of features [n, hidden size]."""
        standard = (features.astype(np.float64) - np.array(self.mean)) / np.array(self.scale)
        # one row at a time: a matrix product may sum in another order for another number of rows
        coefficients = np.array(self.coefficients)
        return sigmoid(np.array([float(np.sum(row * coefficients)) for row in standard]) + self.intercept)

    @property
    def fingerprint(self) -> str:
        """Return the content hash of all numbers, not of the record."""
        numbers = np.array([*self.mean, *self.scale, *self.coefficients, self.intercept])
        return content_hash(self.weights, str(self.layer), numbers.astype("<f8").tobytes())

    def check(self, weights: str, name: str) -> None:
        """Raise ModelError unless the probe was trained on the weights with this fingerprint."""
        if weights != self.weights:
            raise ModelError(
                f"the probe belongs to weights {self.weights}, but model {name!r} has {weights}: take"
                " readout: verbalizer, or train a probe (curate train probe)"
            )

    def save(self, path: Path) -> None:
        """Write the probe as JSON; the same probe gives the same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, separators=(",", ":"))
        path.write_text(text + "\n", encoding="utf-8")


def load_probe(name_or_path: str) -> Probe:
    """Read "packaged" or the file at a path.

    Raises:
        ModelError: the file is missing or is not a probe.
    """
    path = PACKAGED_PROBE if name_or_path == PACKAGED else Path(name_or_path).expanduser()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise ModelError(f"probe {path}: unknown format")
        for key in ("mean", "scale", "coefficients"):
            values[key] = tuple(float(value) for value in values[key])
        probe = Probe(**values)
    except OSError as error:
        raise ModelError(f"probe {path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"probe {path}: not a probe file ({error})") from error
    if not len(probe.mean) == len(probe.scale) == len(probe.coefficients):
        raise ModelError(f"probe {path}: mean, scale and coefficients differ in length")
    return probe


def sigmoid(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(margins))
    return np.where(margins >= 0, 1.0, small) / (1.0 + small)
