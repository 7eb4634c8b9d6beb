"""Small pictures for reports: PNG bytes, the same bytes for the same input."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCHES = (7.0, 4.0)
_DOTS_PER_INCH = 100
_INK = "#1f4e79"
_MARK = "#c0392b"
_CATEGORIES = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d")
_OTHER = "#9a9a9a"
_MOST_BARS = 20
_MOST_LETTERS = 40


def histogram(
    values: Sequence[float] | NDArray[Any],
    title: str,
    xlabel: str,
    *,
    log: bool = False,
    threshold: float | None = None,
) -> bytes:
    """Draw how many documents have which value; missing and infinite values are left out.

    With ``log`` the horizontal axis is logarithmic and values that are not positive are left out, too.
    ``threshold`` is drawn as a line.
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    numbers = numbers[np.isfinite(numbers) & ((numbers > 0) | (not log))]
    figure, axes = _canvas(title, xlabel, "documents")
    if not len(numbers):
        return _nothing(figure, axes)
    axes.hist(numbers, bins=_edges(numbers, log).tolist(), color=_INK, edgecolor="white", linewidth=0.4)
    if log:
        axes.set_xscale("log")
    if threshold is not None:
        axes.axvline(threshold, color=_MARK, linewidth=1.5, label=f"threshold {threshold:g}")
        axes.legend(frameon=False)
    return _png(figure)


def bars(counts: Mapping[str, int], title: str, xlabel: str) -> bytes:
    """Draw counts as horizontal bars, largest first; beyond twenty the rest is summed up as "other"."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    figure, axes = _canvas(title, xlabel, "")
    if not ordered:
        return _nothing(figure, axes)
    if len(ordered) > _MOST_BARS:
        rest = sum(count for _, count in ordered[_MOST_BARS - 1 :])
        ordered = [*ordered[: _MOST_BARS - 1], ("other", rest)]
    places = range(len(ordered))
    drawn = axes.barh(places, [count for _, count in ordered], color=_INK)
    axes.bar_label(drawn, labels=[f"{count:,}" for _, count in ordered], padding=3, fontsize=8)
    axes.set_yticks(places, [_short(name) for name, _ in ordered], fontsize=9, parse_math=False)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    figure.subplots_adjust(left=0.04 + 0.0115 * max(len(_short(name)) for name, _ in ordered))
    return _png(figure)


def scatter_map(xy: NDArray[Any], colour: Sequence[Any] | NDArray[Any], title: str, label: str) -> bytes:
    """Draw points [n, 2] coloured by a number, with a scale, or by a name, with a legend.

    ``label`` says what the colour is. The eight commonest names have a colour of their own.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    figure, axes = _canvas(title, "first principal component", "second principal component")
    if not len(points):
        return _nothing(figure, axes)
    values = np.asarray(colour)
    if values.dtype.kind in "fiub":
        drawn = axes.scatter(
            points[:, 0], points[:, 1], c=values.astype(np.float64), cmap="viridis", s=8, linewidths=0
        )
        figure.colorbar(drawn, ax=axes).set_label(label, parse_math=False)
    else:
        figure.subplots_adjust(right=0.72)
        _scatter_names(axes, points, values.astype(str), label)
    return _png(figure)


def pca_2d(embeddings: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the first two principal components of vectors [n, d]: float64 [n, 2].

    Rows that are not finite come back as NaN. The sign of a component is such that its largest loading is
    positive, so equal input gives equal pictures.
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    finite = np.isfinite(vectors).all(axis=1)
    result = np.full((len(vectors), 2), np.nan)
    if not finite.any():
        return result
    centred = vectors[finite] - vectors[finite].mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    leading = directions[:, ::-1][:, :2]
    largest = np.argmax(np.abs(leading), axis=0)
    leading = leading * np.where(leading[largest, range(leading.shape[1])] < 0, -1.0, 1.0)
    result[finite] = 0.0
    result[np.flatnonzero(finite), : leading.shape[1]] = centred @ leading
    return result


def markdown_image(png: bytes, text: str = "plot") -> str:
    """Return a Markdown image that carries the PNG in itself."""
    return f"![{text}](data:image/png;base64,{base64.b64encode(png).decode('ascii')})"


def _canvas(title: str, xlabel: str, ylabel: str) -> "tuple[Figure, Axes]":
    """Return a figure of its own: pyplot would keep global state, and need a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DOTS_PER_INCH, facecolor="white")
    FigureCanvasAgg(figure)
    # A layout engine would find these margins by itself, at twice the time of the whole picture.
    figure.subplots_adjust(left=0.11, right=0.97, top=0.91, bottom=0.14)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12, parse_math=False)
    axes.set_xlabel(xlabel, parse_math=False)
    axes.set_ylabel(ylabel, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _nothing(figure: "Figure", axes: "Axes") -> bytes:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, "no documents", ha="center", va="center", transform=axes.transAxes, fontsize=14)
    return _png(figure)


def _edges(numbers: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """Return the edges of up to forty bins, evenly spaced on the axis that is drawn."""
    bins = min(40, max(5, round(len(numbers) ** 0.5)))
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
    return np.geomspace(low, high, bins + 1) if log else np.linspace(low, high, bins + 1)


def _scatter_names(axes: "Axes", points: NDArray[np.float64], names: NDArray[Any], label: str) -> None:
    found, counts = np.unique(names, return_counts=True)
    common = [str(found[i]) for i in np.argsort(-counts, kind="stable")[: len(_CATEGORIES)]]
    rare = ~np.isin(names, common)
    if rare.any():
        axes.scatter(points[rare, 0], points[rare, 1], color=_OTHER, s=8, linewidths=0, label="other")
    for name, colour in zip(common, _CATEGORIES, strict=False):
        own = points[names == name]
        axes.scatter(own[:, 0], own[:, 1], color=colour, s=8, linewidths=0, label=_short(name))
    legend = axes.legend(title=label, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    for text in (*legend.get_texts(), legend.get_title()):
        text.set_parse_math(False)


def _short(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else name[: _MOST_LETTERS - 1] + "…"


def _png(figure: "Figure") -> bytes:
    import warnings

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; that is no reason to fail.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
