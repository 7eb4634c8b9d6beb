"""Pictures: readable PNGs, the same bytes for the same input, and no surprises on odd input."""

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.image import imread

from curation_assets import plots

POINTS = np.random.default_rng(0).normal(size=(60, 2))
PICTURES: dict[str, Callable[[], bytes]] = {
    "histogram": lambda: plots.histogram(POINTS[:, 0], "Scores", "score", threshold=0.5),
    "logarithmic": lambda: plots.histogram(np.abs(POINTS[:, 0]), "Scores", "score", log=True),
    "one value": lambda: plots.histogram([0.3, 0.3], "Scores", "score"),
    "one positive value": lambda: plots.histogram([0.3, -1.0], "Scores", "score", log=True),
    "bars": lambda: plots.bars({"kept": 12, "over_budget": 3}, "Outcomes", "documents"),
    "awkward names": lambda: plots.bars({"$x^": 1, "깨끗한": 2, "long " * 50: 3}, "$\\bad", "a$b"),
    "many bars": lambda: plots.bars({f"source {i}": i for i in range(90)}, "Sources", "documents"),
    "numbers": lambda: plots.scatter_map(POINTS, POINTS[:, 0], "Map", "quality"),
    "names": lambda: plots.scatter_map(POINTS, [f"n{i % 11}$" for i in range(60)], "Map", "source"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_repeatable_and_of_the_promised_size(name: str) -> None:
    png = PICTURES[name]()
    height, width, _ = imread(io.BytesIO(png)).shape
    assert (width, height) == (700, 400)
    assert png == PICTURES[name]()


def test_picture_follows_its_input() -> None:
    assert plots.bars({"a": 1, "b": 9}, "t", "x") == plots.bars({"b": 9, "a": 1}, "t", "x")
    assert plots.bars({"a": 1, "b": 9}, "t", "x") != plots.bars({"a": 2, "b": 9}, "t", "x")
    with_line, without = (plots.histogram([1, 2, 3], "t", "x", threshold=t) for t in (2.0, None))
    assert with_line != without


def test_bars_beyond_twenty_are_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.axes import Axes

    drawn: list[list[int]] = []
    original = Axes.barh

    def recorded(self: Axes, y: object, width: list[int], **options: object) -> object:
        drawn.append(width)
        return original(self, y, width, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Axes, "barh", recorded)
    plots.bars({f"s{i}": 100 - i for i in range(25)}, "t", "x")
    assert len(drawn[0]) == 20
    assert sum(drawn[0]) == sum(100 - i for i in range(25))


def test_empty_input_says_so() -> None:
    """Nothing, nothing finite and nothing positive give one and the same picture."""
    expected = plots.histogram([], "t", "x")
    assert plots.histogram([np.nan, np.inf], "t", "x") == expected
    assert plots.histogram([-1.0, 0.0], "t", "x", log=True) == expected
    assert plots.histogram([-1.0, 0.0], "t", "x") != expected
    assert plots.bars({}, "t", "x").startswith(b"\x89PNG")
    assert plots.scatter_map(np.empty((0, 2)), [], "t", "x").startswith(b"\x89PNG")


def test_missing_values_are_left_out() -> None:
    assert plots.histogram([1.0, np.nan, 2.0], "t", "x") == plots.histogram([1.0, 2.0], "t", "x")
    assert plots.scatter_map(np.full((3, 2), np.nan), [np.nan] * 3, "t", "x").startswith(b"\x89PNG")


def test_pca_finds_the_planted_plane() -> None:
    generator = np.random.default_rng(4)
    hidden = generator.normal(size=(200, 2)) * [5, 2]
    vectors = (
        hidden @ np.linalg.qr(generator.normal(size=(30, 2)))[0].T + generator.normal(size=(200, 30)) * 0.01
    )
    xy = plots.pca_2d(vectors)
    for axis in (0, 1):
        assert abs(np.corrcoef(xy[:, axis], hidden[:, axis])[0, 1]) > 0.99
    assert xy.std(axis=0) == pytest.approx(hidden.std(axis=0), rel=0.05)


def test_pca_has_a_fixed_sign() -> None:
    """The components follow the two widest columns, and upwards whatever the data."""
    for seed in range(8):
        vectors = np.random.default_rng(seed).normal(size=(50, 6)) * [9, 4, 1, 1, 1, 1]
        xy = plots.pca_2d(vectors)
        assert np.corrcoef(xy[:, 0], vectors[:, 0])[0, 1] > 0.9
        assert np.corrcoef(xy[:, 1], vectors[:, 1])[0, 1] > 0.9


def test_pca_survives_odd_input() -> None:
    vectors = np.random.default_rng(4).normal(size=(50, 6)) * [6, 4, 1, 1, 1, 1]
    order = np.random.default_rng(5).permutation(50)
    assert plots.pca_2d(vectors[order]) == pytest.approx(plots.pca_2d(vectors)[order])
    vectors[3, 2] = np.nan
    assert np.isnan(plots.pca_2d(vectors)).all(axis=1).tolist() == [i == 3 for i in range(50)]
    assert plots.pca_2d(np.empty((0, 6))).shape == (0, 2)
    assert plots.pca_2d(np.ones((1, 6))).tolist() == [[0.0, 0.0]]
    assert plots.pca_2d(np.array([[1.0], [3.0]])).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_markdown_carries_the_picture() -> None:
    png = plots.bars({"a": 1}, "t", "x")
    markdown = plots.markdown_image(png, "outcomes")
    assert markdown.startswith("![outcomes](data:image/png;base64,")
    assert base64.b64decode(markdown.split(",")[1][:-1]) == png
