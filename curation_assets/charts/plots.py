"""Small pictures for reports: SVG bytes, the same bytes for the same input."""

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.charts.panels import (
    Panel,
    columns,
    fitting_ticks,
    mark,
    room_left,
    rows,
    scale_of_colours,
    sparse_ticks,
)
from curation_assets.charts.scales import Scale, count_ticks, linear_ticks, padded, placed, span, viridis
from curation_assets.charts.svg import INK, WIDTH, card, dots, element, nothing, text, text_width

_BAR, _OTHER = "#3a6ea5", "#9aa5b1"
_CATEGORIES = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d")
_HEIGHT, _TOP, _BELOW, _RIGHT = 400, 78, 50, WIDTH - 28
_NAMELESS = "(no name)"
_MOST_BARS = 20
_MOST_POINTS = 600
_SHADES = 32
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio


def histogram(
    values: Sequence[float] | NDArray[Any],
    title: str,
    xlabel: str,
    *,
    log: bool = False,
    threshold: float | None = None,
    ylabel: str = "documents",
) -> bytes:
    """Draw how many documents (or ``ylabel``) have which value; missing and infinite ones are left out.

    With ``log`` the horizontal axis is logarithmic and values that are not positive are left out, too.
    ``threshold`` is drawn as a line.
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    drawn = _drawable(numbers, log)
    if not len(drawn):
        return nothing(title)
    low, high = span(drawn, log)
    bins = min(40, max(5, round(len(drawn) ** 0.5)))
    counts, edges = np.histogram(drawn, bins, (low, high))
    marks = _drawable(np.array([] if threshold is None else [threshold], dtype=np.float64), log)
    ticks = count_ticks(int(counts.max()))
    panel = Panel(room_left(ticks), _TOP, _RIGHT, _HEIGHT - _BELOW)
    x = Scale(min([low, *marks]), max([high, *marks]), panel.left, panel.right)
    y = Scale(0.0, ticks[-1].value, panel.bottom, panel.top)
    parts = [
        *rows(panel, y, ticks, ylabel),
        *columns(panel, x, fitting_ticks(x, log), xlabel, grid=False),
        element("g", "".join(_upright_bars(counts, edges, x, y)), fill=_BAR),
        *(mark(panel, x(float(value)), f"threshold {threshold:,.10g}") for value in marks),
    ]
    return card(_HEIGHT, title, _told(len(drawn), len(numbers), ylabel), parts)


def bars(counts: Mapping[str, int], title: str, xlabel: str) -> bytes:
    """Draw counts (nought or more) as horizontal bars, largest first.

    Beyond twenty the rest is summed up in a last, grey bar.
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ordered:
        return nothing(title)
    named, rest = ordered, ordered[:0]
    if len(ordered) > _MOST_BARS:
        named, rest = ordered[: _MOST_BARS - 1], ordered[_MOST_BARS - 1 :]
    shown = [(name, count, _BAR) for name, count in named]
    if rest:
        shown.append((f"{len(rest):,} others", sum(count for _, count in rest), _OTHER))
    row = 24 if len(shown) <= 12 else 18
    left = min(240.0, max(60.0, 36 + max(text_width(name[:60], 11) for name, _, _ in shown)))
    largest = max(count for _, count, _ in shown)
    panel = Panel(left, _TOP - 14, _RIGHT - text_width(f"{largest:,}", 11), _TOP - 14 + row * len(shown))
    x = Scale(0.0, max(1.0, largest), panel.left, panel.right)
    ticks = [tick for tick in count_ticks(largest) if tick.value <= x.high]
    parts = [*columns(panel, x, sparse_ticks(ticks, x), xlabel)]
    for place, (name, count, colour) in enumerate(shown):
        top, end = panel.top + place * row, x(count)
        parts += [
            element("rect", x=left, y=top + 3, width=end - left, height=row - 6, fill=colour),
            text(left - 8, top + row / 2 + 4, name or _NAMELESS, left - 24, fill=INK, text_anchor="end"),
            text(end + 6, top + row / 2 + 4, f"{count:,}"),
        ]
    return card(panel.bottom + _BELOW, title, _amount(sum(counts.values()), xlabel), parts)


def scatter_map(xy: NDArray[Any], colour: Sequence[Any] | NDArray[Any], title: str, label: str) -> bytes:
    """Draw points [n, 2] coloured by a number, with a scale, or by a name, with a legend.

    ``label`` says what the colour is. The eight commonest names have a colour of their own. Points and
    numbers that are not finite are left out; of more than 600 points an even selection is drawn.
    Raises ValueError when there is not one colour for each point.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    values = np.asarray(colour)
    if len(values) != len(points):
        raise ValueError(f"{len(points)} points have {len(values)} colours")
    numeric = values.dtype.kind in "fiub"
    known = np.isfinite(points).all(axis=1) & (np.isfinite(values.astype(np.float64)) if numeric else True)
    points, values = placed(points[known], log=False), values[known]
    if not len(points):
        return nothing(title)
    taken = _selection(len(points))
    low, high = zip(*(padded(points[:, axis]) for axis in (0, 1)), strict=True)
    ticks = linear_ticks(low[1], high[1], 5)
    panel = Panel(room_left(ticks), _TOP, WIDTH - (110 if numeric else 190), _HEIGHT - _BELOW)
    x = Scale(low[0], high[0], panel.left, panel.right)
    y = Scale(low[1], high[1], panel.bottom, panel.top)
    pixels = np.stack([x.all(points[taken, 0]), y.all(points[taken, 1])], axis=1)
    parts = [
        *rows(panel, y, ticks, "second principal component"),
        *columns(panel, x, fitting_ticks(x), "first principal component"),
        *(_shaded if numeric else _named)(panel, pixels, values, taken, label),
    ]
    return card(_HEIGHT, title, _told(len(taken), len(colour)), parts)


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
    from threadpoolctl import threadpool_limits

    centred = vectors[finite] - vectors[finite].mean(axis=0)
    with threadpool_limits(1):  # quicker at this size, and sums are always split the same way
        scores, loadings = _components(centred)
    largest = np.argmax(np.abs(loadings), axis=0)
    result[finite] = 0.0
    signs = np.where(loadings[largest, range(loadings.shape[1])] < 0, -1.0, 1.0)
    result[np.flatnonzero(finite), : scores.shape[1]] = scores * signs
    return result


def _components(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return scores [n, 2] of rows [n, d], and loadings [d, 2] to a factor; [., 1] where d is 1."""
    if len(centred) >= centred.shape[1]:
        leading = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
        return centred @ leading, leading
    # The products of the rows have the same components as those of the columns, and are fewer.
    squares, sides = np.linalg.eigh(centred @ centred.T)
    squares = np.where(squares > 1e-12 * squares[-1], squares, 0.0)  # below is rounding
    scores = (sides * np.sqrt(squares))[:, ::-1][:, :2]
    return scores, centred.T @ scores


def markdown_image(svg: bytes, text: str = "plot") -> str:
    """Return a Markdown image that carries the SVG in itself."""
    words = re.sub(r"[\[\]\\\s]+", " ", text)
    return f"![{words}](data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')})"


def _told(drawn: int, documents: int, unit: str = "documents") -> str:
    whole = _amount(documents, unit)
    return whole if drawn == documents else f"{drawn:,} of {whole}"


def _amount(number: int, unit: str) -> str:
    return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"


def _drawable(numbers: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    return placed(numbers[np.isfinite(numbers) & ((numbers > 0) | (not log))], log)


def _upright_bars(counts: NDArray[np.int64], edges: NDArray[np.float64], x: Scale, y: Scale) -> Iterator[str]:
    starts = x.all(edges)
    for count, start, end in zip(counts, starts[:-1], starts[1:], strict=True):
        if count:
            top = y(float(count))
            yield element("rect", x=start, y=top, width=max(0.5, end - start - 1), height=y.start - top)


def _selection(points: int) -> NDArray[np.int64]:
    """Return the places of at most 600 points, in order: those whose place has the smallest hash.

    Multiples of the golden ratio spread evenly (Knuth, The Art of Computer Programming 3, 6.4), so the
    selection has as many points from any stretch of the table as any other.
    """
    if points <= _MOST_POINTS:
        return np.arange(points)
    hashes = np.arange(points, dtype=np.uint64) * _GOLDEN
    return np.sort(np.argpartition(hashes, _MOST_POINTS)[:_MOST_POINTS])


def _shaded(
    panel: Panel, pixels: NDArray[np.float64], values: NDArray[Any], taken: NDArray[np.int64], label: str
) -> Iterator[str]:
    """Draw points by number, the highest on top, and the scale of colours at their right."""
    numbers = placed(values.astype(np.float64), log=False)
    low, high = span(numbers)
    parts = (numbers[taken] / (high - low)) - low / (high - low)
    shades = np.minimum((parts * _SHADES).astype(np.int64), _SHADES - 1)
    for shade in np.unique(shades):
        red, green, blue = viridis(np.array([(shade + 0.5) / _SHADES]))[0]
        yield dots(pixels[shades == shade].tolist(), f"#{red:02x}{green:02x}{blue:02x}")
    yield from scale_of_colours(panel, low, high, label)


def _named(
    panel: Panel, pixels: NDArray[np.float64], values: NDArray[Any], taken: NDArray[np.int64], label: str
) -> Iterator[str]:
    """Draw points by name, the rarer on top but "others" at the bottom, and the legend at their right."""
    names = [str(value) for value in values.tolist()]
    counts = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    common, rare = counts[: len(_CATEGORIES)], counts[len(_CATEGORIES) :]
    legend = [(name, count, colour) for (name, count), colour in zip(common, _CATEGORIES, strict=False)]
    colours = {name: colour for name, _, colour in legend}
    drawn: dict[str, list[tuple[float, float]]] = {colour: [] for colour in (_OTHER, *_CATEGORIES)}
    for place, (x, y) in zip(taken.tolist(), pixels.tolist(), strict=True):
        drawn[colours.get(names[place], _OTHER)].append((x, y))
    yield from (dots(own, colour) for colour, own in drawn.items() if own)
    if rare:
        legend.append((f"{len(rare):,} others", sum(count for _, count in rare), _OTHER))
    left, top = panel.right + 24, panel.top + 8
    yield text(left, top, label, WIDTH - 20 - left, fill=INK, font_weight="600")
    for place, (name, count, colour) in enumerate(legend, start=1):
        y, number = top + 22 * place, f"{count:,}"
        yield element("circle", cx=left + 5, cy=y - 4, r=5, fill=colour)
        yield text(left + 18, y, name or _NAMELESS, WIDTH - 46 - left - text_width(number, 11), fill=INK)
        yield text(WIDTH - 20, y, number, text_anchor="end")
