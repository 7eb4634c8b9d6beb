"""The map: a point a document, coloured in one of several ways, and what the pointer shows of each."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from curation_assets.charts.svg import printable
from curation_assets.report.bars import legend
from curation_assets.report.figures import Point
from curation_assets.report.markup import Html, brief, number, tag, words

WIDTH, HEIGHT, _MARGIN = 760.0, 520.0, 14.0
_NAMED, _SHADES = 8, 8
_OTHERS, _UNKNOWN = "c-other", "c-none"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_BYTES, _NAME_BYTES = 400, 64


@dataclass(frozen=True)
class Colouring:
    """A way to colour the points: the class of each, and what the classes mean, in their order."""

    name: str
    classes: Sequence[str]
    meanings: Sequence[tuple[str, str]]


def colourings(points: Sequence[Point]) -> list[Colouring]:
    fates = ["f-kept" if point.fate == "kept" else "f-gone" for point in points]
    kept = fates.count("f-kept")
    meanings = [
        ("f-gone", f"not in the mixture ({len(fates) - kept:,})"),
        ("f-kept", f"in the mixture ({kept:,})"),
    ]
    found = [
        _by_name("source", [point.source for point in points]),
        Colouring("kept or not", fates, meanings),
        _by_value("quality", [point.quality for point in points]),
        _by_value("density", [point.density for point in points]),
        _by_name("language", [point.language for point in points]),
        _by_name("topic", [None if point.topic is None else f"topic {point.topic}" for point in points]),
    ]
    return [one for one in found if len(one.meanings) > 1 or one.name in ("source", "kept or not")]


def _by_name(name: str, values: Sequence[str | None]) -> Colouring:
    counts = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0] or ""))
    named = {value: f"c{at}" for at, (value, _) in enumerate(counts[:_NAMED])}
    meanings = [(named[value], f"{brief(value)} ({count:,})") for value, count in counts[:_NAMED]]
    if counts[_NAMED:]:
        rest = sum(count for _, count in counts[_NAMED:])
        meanings.append((_OTHERS, f"{len(counts) - _NAMED:,} others ({rest:,})"))
    return Colouring(name, [named.get(value, _OTHERS) for value in values], meanings)


def _by_value(name: str, values: Sequence[float | None]) -> Colouring:
    """Colour by eighths of the documents, so that a few extremes do not take all the colours."""
    numbers = np.array([np.nan if value is None else value for value in values], np.float64)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return Colouring(name, [_UNKNOWN] * len(numbers), [])
    limits = np.unique(np.quantile(known, np.arange(1, _SHADES) / _SHADES, method="lower"))
    places = np.searchsorted(limits, numbers, side="left")
    steps = np.linspace(0, _SHADES - 1, len(limits) + 1).round().astype(int).tolist()
    classes = [
        f"v{steps[place]}" if np.isfinite(value) else _UNKNOWN
        for value, place in zip(numbers.tolist(), places.tolist(), strict=True)
    ]
    tops = [*limits.tolist(), float(known.max())]
    meanings = [
        (f"v{step}", f"up to {number(top)}")
        for place, (step, top) in enumerate(zip(steps, tops, strict=True))
        if (places[np.isfinite(numbers)] == place).any()
    ]
    if len(known) < len(numbers):
        meanings.append((_UNKNOWN, "not known"))
    return Colouring(name, classes, meanings)


def picture(points: Sequence[Point], colouring: Colouring, label: str) -> Html:
    """Return the points as circles, coloured already: it is a picture without any script, too."""
    across, up = _scale([point.x for point in points], WIDTH), _scale([point.y for point in points], HEIGHT)
    drawn = "".join(
        f'<circle class="{colour}" cx="{across(point.x):.0f}" cy="{HEIGHT - up(point.y):.0f}" r="3.4"/>'
        for point, colour in zip(points, colouring.classes, strict=True)
    )
    return tag(
        "svg",
        Html(drawn),
        id="map",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        tabindex="0",
        aria_label=label,
        aria_describedby="map-help",
    )


def _scale(values: Sequence[float], size: float) -> Callable[[float], float]:
    low, high = min(values), max(values)
    if high <= low:
        return lambda _: size / 2
    return lambda value: _MARGIN + (value - low) / (high - low) * (size - 2 * _MARGIN)


def legends(found: Sequence[Colouring]) -> Html:
    """Return what the colours mean, for each way; only that of the first is shown."""
    return tag(
        "div",
        *(
            tag("div", legend(*one.meanings), data_legend=str(at), hidden=at > 0)
            for at, one in enumerate(found)
        ),
        class_="legends",
    )


def choices(found: Sequence[Colouring]) -> Html:
    """Return a choice of the colouring; a script takes it out of hiding."""
    boxes = [
        tag("label", tag("input", type="radio", name="colour", value=str(at), checked=at == 0), one.name)
        for at, one in enumerate(found)
    ]
    return tag("fieldset", tag("legend", "Coloured by"), *boxes, id="choices", hidden=True)


def shown_data(points: Sequence[Point], found: Sequence[Colouring]) -> dict[str, object]:
    """Return what the script of the page needs: classes by way of colouring, and the text of each point."""
    ways = []
    for one in found:
        classes = sorted(set(one.classes))
        digit = {name: _DIGITS[at] for at, name in enumerate(classes)}
        ways.append({"classes": classes, "codes": "".join(digit[name] for name in one.classes)})
    return {"ways": ways, "texts": [fitting(point.text) for point in points], "lines": _lines(points)}


def _lines(points: Sequence[Point]) -> list[str]:
    return [
        " · ".join(
            [
                fitting(point.source or "no source", _NAME_BYTES),
                fitting(point.language or "?", _NAME_BYTES),
                f"quality {number(point.quality)}",
                f"density {number(point.density)}",
                "in the mixture" if point.fate == "kept" else fitting(words(point.fate), _NAME_BYTES),
                fitting(point.doc_id, _NAME_BYTES),
            ]
        )
        for point in points
    ]


def fitting(text: str, most: int = _MOST_BYTES) -> str:
    """Return printable text that takes at most so many bytes of JSON, where ``<`` takes six."""
    left = most
    shown: list[str] = []
    for letter in printable(text):
        left -= 6 if letter in "<>&" else 2 if letter in '"\\' else len(letter.encode())
        if left < 0:
            return "".join(shown) + "…"
        shown.append(letter)
    return "".join(shown)
