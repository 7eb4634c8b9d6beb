"""Pictures: well-formed SVG that shows the figures given, the same bytes for the same input."""

import base64
import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation_assets.charts import plots, svg
from curation_assets.charts.curves import curve

SVG = "{http://www.w3.org/2000/svg}"
POINTS = np.random.default_rng(0).normal(size=(60, 2))
AWKWARD = (
    "<script>alert('x')</script>",
    '"&amp;" & more',
    "깨끗한",
    "مستندات",
    "👩‍👩‍👧‍👦",
    "a\0b\x1b\ud800\ufffe",
    "",
)
PICTURES: dict[str, Callable[[], bytes]] = {
    "histogram": lambda: plots.histogram(POINTS[:, 0], "Scores", "score", threshold=0.5),
    "logarithmic": lambda: plots.histogram(np.abs(POINTS[:, 0]), "Scores", "score", log=True),
    "one value": lambda: plots.histogram([0.3, 0.3], "Scores", "score"),
    "one positive value": lambda: plots.histogram([0.3, -1.0], "Scores", "score", log=True),
    "bars": lambda: plots.bars({"kept": 12, "over_budget": 3}, "Outcomes", "documents"),
    "awkward names": lambda: plots.bars(dict.fromkeys(AWKWARD, 1), "<b>", "a & b"),
    "many bars": lambda: plots.bars({f"source {i}": i for i in range(90)}, "Sources", "documents"),
    "numbers": lambda: plots.scatter_map(POINTS, POINTS[:, 0], "Map", "quality"),
    "names": lambda: plots.scatter_map(POINTS, [AWKWARD[i % 7] for i in range(60)], "Map", "<source>"),
    "curve": lambda: curve([(0.5, 900.0, "0"), (0.7, 500.0, "1")], "Trade", "quality", "documents", 1),
    "curve of one point": lambda: curve([(0.5, 9.0, "<b>"), (float("nan"), 1.0, "x")], "Trade", "x", "y", 1),
    "curve of nothing": lambda: curve([], "Trade", "x", "y"),
    "nothing": lambda: plots.bars({}, "Outcomes", "documents"),
}
Numbers = st.floats(allow_nan=True, allow_infinity=True)


def parsed(picture: bytes) -> ElementTree.Element:
    """Return the root of a picture, having looked that all it draws is on it and that it is still."""
    root = ElementTree.fromstring(picture)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    allowed = {"svg", "g", "rect", "path", "circle", "text", "title", "linearGradient", "stop"}
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= allowed
    for node in root.iter():
        for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if node.tag != f"{SVG}linearGradient":
                assert 0 <= float(node.get(name, "0")) <= most
        if node.tag == f"{SVG}rect":
            assert 0 <= float(node.attrib["x"]) + float(node.attrib["width"]) <= width
            assert 0 <= float(node.attrib["y"]) + float(node.attrib["height"]) <= height
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", node.get("d", "")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    return root


def words(picture: bytes) -> list[str]:
    return [node.text or "" for node in parsed(picture).iter(f"{SVG}text")]


def sizes(picture: bytes, side: str) -> list[float]:
    """Return the heights or widths of the bars (every rectangle but the card)."""
    return [float(node.attrib[side]) for node in parsed(picture).iter(f"{SVG}rect")][1:]


def dots(picture: bytes) -> dict[str, list[tuple[float, float]]]:
    """Return the places of the points by colour."""
    paths = [node.attrib for node in parsed(picture).iter(f"{SVG}path") if "h0" in node.attrib["d"]]
    found = {path["stroke"]: re.findall(r"M([\d.]+) ([\d.]+)h0", path["d"]) for path in paths}
    return {colour: [(float(x), float(y)) for x, y in places] for colour, places in found.items()}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_repeatable_and_as_wide_as_promised(name: str) -> None:
    picture = PICTURES[name]()
    assert parsed(picture).attrib["width"] == str(svg.WIDTH)
    assert picture == PICTURES[name]()


def test_heights_of_a_histogram_follow_the_counts() -> None:
    values = np.repeat([0.0, 1.0, 2.0, 3.0, 5.0], [1, 2, 3, 4, 5])
    picture = plots.histogram(values, "t", "x")
    heights = sizes(picture, "height")
    assert np.array(heights) / heights[0] == pytest.approx([1, 2, 3, 4, 5], rel=0.01)
    assert {"t", "x", "15 documents", "documents", "0", "5"} <= set(words(picture))


def test_bins_of_a_logarithmic_histogram_are_even_in_powers() -> None:
    picture = plots.histogram(10.0 ** np.repeat(np.arange(5), 5), "t", "x", log=True)
    assert len(set(sizes(picture, "width"))) == 1
    assert sizes(picture, "height") == [sizes(picture, "height")[0]] * 5
    assert {"1", "10", "100", "1,000", "10,000"} <= set(words(picture))


def test_a_threshold_lies_where_its_value_does() -> None:
    picture = plots.histogram([0.0, 4.0], "t", "x", threshold=1.0)
    marks = [n.attrib["d"] for n in parsed(picture).iter(f"{SVG}path") if n.get("stroke") == "#c0392b"]
    edges = [float(n.attrib["x"]) for n in parsed(picture).iter(f"{SVG}rect")][1:]
    assert len(marks) == 1
    place = float(re.findall(r"M([\d.]+)", marks[0])[0])
    # The bins are 0.8 wide, and the second bar begins at 3.2.
    assert place == pytest.approx(edges[0] + (edges[1] - edges[0]) / 3.2, abs=0.2)
    assert "threshold 1" in words(picture)
    assert "threshold 9,500,000" in words(plots.histogram([0.0, 4.0], "t", "x", threshold=9.5e6))
    assert plots.histogram([1.0], "t", "x", threshold=np.nan) == plots.histogram([1.0], "t", "x")


def test_bars_are_sorted_and_as_long_as_their_counts() -> None:
    picture = plots.bars({"b": 300, "a": 300, "c": 1200}, "t", "documents")
    assert np.array(sizes(picture, "width")) / sizes(picture, "width")[0] == pytest.approx(
        [1, 0.25, 0.25], rel=1e-3
    )
    told = words(picture)
    assert [word for word in told if word in {"a", "b", "c"}] == ["c", "a", "b"]
    assert "1,200" in told
    assert "1,800 documents" in told
    assert picture == plots.bars({"c": 1200, "a": 300, "b": 300}, "t", "documents")


def test_bars_beyond_twenty_are_summed_up() -> None:
    picture = plots.bars({f"s{i}": 100 - i for i in range(25)}, "t", "documents")
    assert len(sizes(picture, "width")) == 20
    told = words(picture)
    assert told[told.index("6 others") + 1] == str(sum(100 - i for i in range(19, 25)))
    assert "s19" not in told


def test_names_are_shown_as_they_are_and_cannot_be_markup() -> None:
    told = words(plots.bars(dict.fromkeys(AWKWARD, 1), "<b>&</b>", "x"))
    assert "<script>alert('x')</script>" in told
    assert {
        "<b>&</b>",
        '"&amp;" & more',
        "깨끗한",
        "مستندات",
        "👩‍👩‍👧‍👦",
        "(no name)",
        "a\ufffdb\ufffd\ufffd\ufffd",
    } <= set(told)


def test_long_names_are_cut() -> None:
    told = words(plots.bars({"long " * 500: 1, "W" * 60: 2, "깨" * 60: 3}, "title " * 90, "x"))
    assert sum(word.endswith("…") for word in told) == 4
    assert max(map(len, told)) < 100


def test_every_point_is_drawn_where_it_lies() -> None:
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [0.5, 1.0]])
    places = dots(plots.scatter_map(xy, ["a"] * 4, "t", "x"))["#1f77b4"]
    (left, bottom), (right, _), (_, top), middle = places
    assert left < right
    assert top < bottom
    assert middle == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=0.11)


def test_a_large_map_shows_an_even_selection() -> None:
    place = np.arange(1504.0)
    picture = plots.scatter_map(np.stack([place, -place], axis=1), place, "t", "place")
    drawn = sorted(x for places in dots(picture).values() for x, _ in places)
    assert len(drawn) == 600
    assert "600 of 1,504 documents" in words(picture)
    # No gap is wider than four of the 1,503 steps between the points.
    assert np.diff(drawn).max() < 4 * (drawn[-1] - drawn[0]) / 1490


def test_the_eight_commonest_names_have_a_colour_and_a_line_in_the_legend() -> None:
    names = [name for i, name in enumerate("abcdefghij") for _ in range(10 - i)]
    picture = plots.scatter_map(np.random.default_rng(1).normal(size=(55, 2)), names, "t", "source")
    counts = [len(places) for places in dots(picture).values()]
    assert counts == [3, 10, 9, 8, 7, 6, 5, 4, 3]  # the others first: they lie under the rest
    told = words(picture)
    legend = told[told.index("source") + 1 :]
    assert legend == [word for i, name in enumerate("abcdefgh") for word in (name, str(10 - i))] + [
        "2 others",
        "3",
    ]


def test_colours_follow_the_numbers() -> None:
    xy = np.stack([np.arange(100.0), np.zeros(100)], axis=1)
    found = dots(plots.scatter_map(xy, xy[:, 0] / 1000, "t", "score"))
    colours = list(found)
    assert len(colours) == 32
    assert [min(found[colour]) for colour in colours] == sorted(min(found[colour]) for colour in colours)
    red, blue = (([int(colour[i : i + 2], 16) for i in (1, 5)]) for colour in (colours[-1], colours[0]))
    assert red[0] > 200 > 100 > red[1]
    assert blue[1] > 80 > blue[0]
    assert {"score", "0.02", "0.08"} <= set(words(plots.scatter_map(xy, xy[:, 0] / 1000, "t", "score")))


def test_a_map_needs_a_colour_for_each_point() -> None:
    with pytest.raises(ValueError, match="3 points have 2 colours"):
        plots.scatter_map(np.zeros((3, 2)), [1, 2], "t", "x")


def test_empty_input_says_so() -> None:
    """Nothing, nothing finite and nothing positive give one and the same picture."""
    expected = plots.histogram([], "t", "x")
    assert "no documents" in words(expected)
    assert plots.histogram([np.nan, np.inf], "t", "x") == expected
    assert plots.histogram([-1.0, 0.0], "t", "x", log=True) == expected
    assert plots.histogram([-1.0, 0.0], "t", "x") != expected
    assert plots.bars({}, "t", "x") == expected
    assert plots.scatter_map(np.empty((0, 2)), [], "t", "x") == expected
    assert plots.scatter_map(np.full((3, 2), np.nan), ["a"] * 3, "t", "x") == expected


def test_what_is_left_out_is_told() -> None:
    assert "2 of 3 documents" in words(plots.histogram([1.0, np.nan, 2.0], "t", "x"))
    assert "1 of 3 documents" in words(plots.histogram([1.0, -1.0, 0.0], "t", "x", log=True))
    xy = np.array([[0, 0], [1, 1], [np.nan, 2]])
    assert "1 of 3 documents" in words(plots.scatter_map(xy, [1.0, np.inf, 1.0], "t", "x"))
    assert "1 document" in words(plots.histogram([1.0], "t", "x"))


@given(st.lists(Numbers, max_size=60), st.text(), st.text(), st.booleans(), st.none() | Numbers)
@example([1.7e308, -1.7e308], "", "", False, 5e-324)
@example([5e-324, 1.7e308], "", "", True, 1e-300)
@example([1.0, 1.0000000000000002], "", "", False, None)
def test_any_histogram_is_well_formed(
    values: list[float], title: str, xlabel: str, log: bool, threshold: float | None
) -> None:
    drawn = sum(np.isfinite(value) and (value > 0 or not log) for value in values)
    picture = plots.histogram(values, title, xlabel, log=log, threshold=threshold)
    assert len(sizes(picture, "height")) >= min(1, drawn)
    assert len(picture) < 6000 + 20 * len(title) + 10 * len(xlabel)


@given(st.dictionaries(st.text(), st.integers(0, 2**62), max_size=25), st.text(), st.text())
def test_any_bars_are_well_formed(counts: dict[str, int], title: str, xlabel: str) -> None:
    picture = plots.bars(counts, title, xlabel)
    assert len(sizes(picture, "width")) == min(20, len(counts))


@given(st.lists(st.tuples(Numbers, Numbers, Numbers, st.text()), max_size=40), st.booleans(), st.text())
def test_any_map_is_well_formed(
    rows: list[tuple[float, float, float, str]], numeric: bool, title: str
) -> None:
    xy = np.array([row[:2] for row in rows]).reshape(-1, 2)
    picture = plots.scatter_map(xy, [row[2] if numeric else row[3] for row in rows], title, title)
    known = [np.isfinite(row[: 3 if numeric else 2]).all() for row in rows]
    assert sum(map(len, dots(picture).values())) == sum(known)


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


@pytest.mark.parametrize("rows", [3, 29, 30, 31, 200])
def test_pca_agrees_with_the_singular_value_decomposition(rows: int) -> None:
    """Fewer rows than columns go another way (the products of rows) to the same components."""
    vectors = np.random.default_rng(rows).normal(size=(rows, 30))
    centred = vectors - vectors.mean(axis=0)
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(right[range(2), np.abs(right[:2]).argmax(axis=1)])
    assert plots.pca_2d(vectors) == pytest.approx(left[:, :2] * values[:2] * signs)


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
    assert plots.pca_2d(np.array([[0.0] * 6, [2.0] * 6]))[:, 1] == pytest.approx([0.0, 0.0])


def test_markdown_carries_the_picture() -> None:
    picture = plots.bars({"a": 1}, "t", "x")
    markdown = plots.markdown_image(picture, "out](come\ns[")
    assert markdown.startswith("![out (come s ](data:image/svg+xml;base64,")
    assert base64.b64decode(markdown.split(",")[1][:-1]) == picture


def test_a_curve_has_its_points_by_name_and_marks_the_chosen_one() -> None:
    points = [(0.5, 900.0, "alpha 0"), (0.6, 800.0, "alpha 0.5"), (0.8, 300.0, "alpha 1")]
    root = parsed(curve(points, "Quality and coverage", "mean rank", "documents", chosen=1))
    words = [node.text for node in root.iter(f"{SVG}text")]
    assert {"alpha 0", "alpha 0.5", "alpha 1", "chosen", "mean rank"} <= set(words)
    (ring,) = root.iter(f"{SVG}circle")
    (path,) = (
        node for node in root.iter(f"{SVG}path") if node.get("stroke-width") is None and "fill" in node.attrib
    )
    corners = [tuple(map(float, corner.split())) for corner in path.attrib["d"][1:].split("L")]
    assert corners[1] == (float(ring.attrib["cx"]), float(ring.attrib["cy"]))
    assert [one for one, _ in corners] == sorted(one for one, _ in corners), "larger lies to the right"
    assert [other for _, other in corners] == sorted(other for _, other in corners), "smaller lies below"
