"""The kernel in closed form, and its exact sum."""

import numpy as np
import pytest
from exact_densities import exact_density
from numpy.typing import NDArray
from scipy.integrate import quad

from curation_assets.density.kernels import collision_probability
from curation_assets.statistics import effective_sample_size

# Probabilities for w = 1 computed for this project from the formula of Datar et al. (2004), to four digits.
GOLDEN = {0.05: 0.9601, 0.1: 0.9202, 0.3: 0.7607, 0.5: 0.6095, 0.8: 0.4426, 1.0: 0.3687, 2**0.5: 0.2709}


@pytest.mark.parametrize(("distance", "probability"), GOLDEN.items())
def test_golden_collision_probabilities(distance: float, probability: float) -> None:
    assert collision_probability(distance, 1.0) == pytest.approx(probability, abs=5e-5)


@pytest.mark.parametrize(("distance", "width"), [(0.2, 1.0), (1.0, 0.5), (1.3, 4.0)])
def test_closed_form_equals_its_integral(distance: float, width: float) -> None:
    """The definition: the gap |N(0, distance)| must be below w, and no cell border may fall into it."""

    def integrand(gap: float) -> float:
        return 2 / (distance * np.sqrt(2 * np.pi)) * np.exp(-0.5 * (gap / distance) ** 2) * (1 - gap / width)

    assert collision_probability(distance, width) == pytest.approx(quad(integrand, 0, width)[0], abs=1e-9)


def test_hashes_multiply_and_identical_vectors_always_collide() -> None:
    single = collision_probability([0.0, 0.4, 1.0, 1e9], 1.0)
    assert collision_probability([0.0, 0.4, 1.0, 1e9], 1.0, 3) == pytest.approx(single**3)
    assert single[0] == 1.0
    assert single[3] == pytest.approx(0.0, abs=1e-6)


def test_exact_density_sums_the_kernel_over_pairs(clustered: NDArray[np.float32]) -> None:
    vectors = clustered[:700].astype(np.float64)
    gaps = np.linalg.norm(vectors[3] - vectors, axis=1)
    expected = collision_probability(gaps, 1.0, 4).sum()
    assert exact_density(vectors, 1.0, 4)[3] == pytest.approx(expected, rel=1e-6)


def test_effective_sample_size() -> None:
    assert effective_sample_size(np.full(7, 0.3)) == pytest.approx(7)
    assert effective_sample_size([1e9, 1.0, 1.0]) == pytest.approx(1, rel=1e-6)
    assert effective_sample_size([]) == 0.0
