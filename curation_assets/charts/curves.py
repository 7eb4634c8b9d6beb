"""A curve of named points: what one setting trades for another."""

from collections.abc import Sequence

import numpy as np

from curation_assets.charts.panels import Panel, columns, fitting_ticks, room_left, rows
from curation_assets.charts.scales import Scale, linear_ticks, padded
from curation_assets.charts.svg import INK, WIDTH, card, dots, element, nothing, text

_LINE, _CHOSEN = "#3a6ea5", "#c0392b"
_HEIGHT, _TOP, _BELOW, _RIGHT = 400, 78, 50, WIDTH - 60


def curve(
    points: Sequence[tuple[float, float, str]],
    title: str,
    xlabel: str,
    ylabel: str,
    chosen: int | None = None,
) -> bytes:
    """Draw points (x, y, name), joined in their order; ``chosen`` is the position of one that stands out.

    Points that are not finite are left out.
    """
    known = [place for place, (x, y, _) in enumerate(points) if np.isfinite((x, y)).all()]
    if not known:
        return nothing(title)
    across, up = (np.array([points[place][axis] for place in known]) for axis in (0, 1))
    (left, right), (low, high) = padded(across), padded(up)
    ticks = linear_ticks(low, high, 5)
    panel = Panel(room_left(ticks), _TOP, _RIGHT, _HEIGHT - _BELOW)
    x, y = Scale(left, right, panel.left, panel.right), Scale(low, high, panel.bottom, panel.top)
    pixels = list(zip(x.all(across).tolist(), y.all(up).tolist(), strict=True))
    path = "M" + "L".join(f"{one:.1f} {other:.1f}" for one, other in pixels)
    parts = [
        *rows(panel, y, ticks, ylabel),
        *columns(panel, x, fitting_ticks(x), xlabel),
        element("path", d=path, stroke=_LINE, fill="none"),
        dots(pixels, _LINE),
        *(
            text(one + 8, other - 6, points[place][2])
            for place, (one, other) in zip(known, pixels, strict=True)
        ),
    ]
    if chosen in known:
        one, other = pixels[known.index(chosen)]
        parts.append(element("circle", cx=one, cy=other, r=6, stroke=_CHOSEN, stroke_width=2, fill="none"))
        parts.append(text(one + 8, other + 14, "chosen", fill=INK))
    return card(_HEIGHT, title, "", parts)
