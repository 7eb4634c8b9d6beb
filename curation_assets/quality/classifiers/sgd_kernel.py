"""fastText's training step, compiled. Importing this module imports numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def train_epoch(
    rows: NDArray[np.int32],
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    order: NDArray[np.int64],
    vectors: NDArray[np.float32],
    outputs: NDArray[np.float32],
    rate: float,
    last_rate: float,
) -> float:
    """Go through the texts once by stochastic gradient descent; return the mean loss, in nats.

    rows: features of all texts, those of text i at offsets[i] to offsets[i + 1]; targets: label of each text.
    order: in which the texts come. vectors: [rows, dimensions] and outputs: [labels, dimensions] are changed.
    rate, last_rate: learning rate before the first text and after the last; it falls evenly.
    """
    labels, dimensions = outputs.shape
    hidden, gradient = np.empty(dimensions, np.float32), np.empty(dimensions, np.float32)
    probabilities = np.empty(labels, np.float32)
    loss = 0.0
    for step in range(len(order)):
        text = order[step]
        own = rows[offsets[text] : offsets[text + 1]]
        if len(own) == 0:
            continue
        alpha = np.float32(rate + (last_rate - rate) * step / len(order))
        _mean(own, vectors, hidden)
        _softmax(hidden, outputs, probabilities)
        loss -= np.log(max(probabilities[targets[text]], np.float32(1e-30)))
        gradient[:] = 0
        for label in range(labels):
            scale = alpha * (np.float32(label == targets[text]) - probabilities[label])
            for dimension in range(dimensions):
                gradient[dimension] += scale * outputs[label, dimension]
                outputs[label, dimension] += scale * hidden[dimension]
        part = np.float32(1.0) / np.float32(len(own))
        for dimension in range(dimensions):
            gradient[dimension] *= part
        for index in range(len(own)):
            row = own[index]
            for dimension in range(dimensions):
                vectors[row, dimension] += gradient[dimension]
    return loss / max(len(order), 1)


@njit(cache=True, nogil=True)
def _mean(own: NDArray[np.int32], vectors: NDArray[np.float32], hidden: NDArray[np.float32]) -> None:
    hidden[:] = 0
    for index in range(len(own)):
        row = own[index]
        for dimension in range(len(hidden)):
            hidden[dimension] += vectors[row, dimension]
    part = np.float32(1.0) / np.float32(len(own))
    for dimension in range(len(hidden)):
        hidden[dimension] *= part


@njit(cache=True, nogil=True)
def _softmax(
    hidden: NDArray[np.float32], outputs: NDArray[np.float32], probabilities: NDArray[np.float32]
) -> None:
    for label in range(len(probabilities)):
        logit = np.float32(0.0)
        for dimension in range(len(hidden)):
            logit += hidden[dimension] * outputs[label, dimension]
        probabilities[label] = logit
    highest, total = probabilities.max(), np.float32(0.0)
    for label in range(len(probabilities)):
        probabilities[label] = np.exp(probabilities[label] - highest)
        total += probabilities[label]
    for label in range(len(probabilities)):
        probabilities[label] /= total
