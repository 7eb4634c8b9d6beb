"""Candidates made up for the tests of the mixture stage."""

import numpy as np
import polars as pl
import pytest


@pytest.fixture(scope="session")
def candidates() -> pl.DataFrame:
    """Return 400 candidates of three sources and two languages with all scores."""
    generator = np.random.default_rng(3)
    count = 400
    return pl.DataFrame(
        {
            "doc_id": [f"d{i:03d}" for i in range(count)],
            "shard": [f"s{i % 7}" for i in range(count)],
            "source": generator.choice(["code", "web", "wiki"], count, p=[0.2, 0.5, 0.3]),
            "language": generator.choice(["de", "en"], count, p=[0.3, 0.7]),
            "tokens": generator.integers(0, 900, count),
            "quality": generator.integers(0, 101, count) / 100,
            "density": generator.lognormal(-3, 1, count),
        }
    )
