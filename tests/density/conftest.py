"""Vectors with a known structure, shared by the tests of the density stage."""

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def clustered() -> NDArray[np.float32]:
    """Return 2,000 unit vectors [n, 32] around five centres, each half as populous as the one before."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(5, 32))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    member = generator.choice(5, 2000, p=np.array([16, 8, 4, 2, 1]) / 31)
    vectors = centres[member] + generator.normal(size=(2000, 32)) * 0.08
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
