"""Draw the charts as inline SVG: sparklines, bars of the waterfall, trends, shares."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup

from sync.recon.report.waterfall import Waterfall

#: 2.66 = 3 / d2 for moving ranges of two (Shewhart's individuals chart).
_LIMIT_FACTOR = 2.66
_ENOUGH = 8


def _place(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def sparkline(values: Sequence[Decimal | None], target: Decimal | None, label: str) -> Markup:
    """Draw a run of nights as a line, oldest first, with the target dashed and tonight dotted."""
    width, height = 72.0, 20.0
    numbers: list[float] = [float(value) for value in values if value is not None]
    if len(numbers) < 2:
        return Markup("")
    seen = [*numbers, *([] if target is None else [float(target)])]
    low, high = min(seen), max(seen)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)

    def y(value: float) -> float:
        return height - 2 - (value - low) / span * (height - 4)

    points = [
        (number * step, y(float(value))) for number, value in enumerate(values) if value is not None
    ]
    line = " ".join(f"{_place(x)},{_place(level)}" for x, level in points)
    last_x, last_y = points[-1]
    dash = (
        ""
        if target is None
        else f'<line class="target" x1="0" x2="{width}" y1="{_place(y(float(target)))}"'
        f' y2="{_place(y(float(target)))}"/>'
    )
    return Markup(
        '<svg class="spark" viewBox="-2 0 77 20" width="77" height="20" role="img" aria-label="{}">'
        '{}<polyline points="{}"/><circle cx="{}" cy="{}" r="2"/></svg>'
    ).format(label, Markup(dash), line, _place(last_x), _place(last_y))


def bars_of(fall: Waterfall, width: float = 220.0) -> list[Markup]:
    """Draw one bar for each line of a waterfall: both totals and the steps between.

    The steps are small beside the totals, so the scale does not start at zero: totals begin at the
    cut edge, steps float.
    """
    levels = [fall.erp, fall.wms, *(step.total for step in fall.steps)]
    low, high = float(min(levels)), float(max(levels))
    span = (high - low) or 1.0
    edge = width * 0.12

    def x(value: Decimal | float) -> float:
        return edge + (float(value) - low) / span * (width - edge - 6)

    def total(value: Decimal) -> Markup:
        return Markup(
            '<svg class="bar" viewBox="0 0 {0} 12" width="{0}" height="12" aria-hidden="true">'
            '<rect class="total" x="0" y="1" width="{1}" height="10"/>'
            '<path class="cut" d="M{2} 0l4 4-4 4 4 4"/></svg>'
        ).format(int(width), _place(max(x(value), edge)), _place(edge * 0.45))

    drawn = [total(fall.erp)]
    before = fall.erp
    for step in fall.steps:
        left, right = sorted((x(before), x(step.total)))
        kind = "none" if step.amount == 0 else "down" if step.amount < 0 else "up"
        drawn.append(
            Markup(
                '<svg class="bar" viewBox="0 0 {0} 12" width="{0}" height="12" aria-hidden="true">'
                '<line class="level" x1="{1}" x2="{1}" y1="0" y2="12"/>'
                '<rect class="{2}" x="{3}" y="1" width="{4}" height="10"/></svg>'
            ).format(
                int(width), _place(x(before)), kind, _place(left), _place(max(right - left, 1.0))
            )
        )
        before = step.total
    drawn.append(total(fall.wms))
    return drawn


def share(part: Decimal | int, whole: Decimal | int, width: int = 120) -> Markup:
    """Draw a part of a whole as a bar."""
    length = float(part) / float(whole) * width if whole else 0.0
    return Markup(
        '<svg class="bar" viewBox="0 0 {0} 10" width="{0}" height="10" aria-hidden="true">'
        '<rect class="down" x="0" y="1" width="{1}" height="8"/></svg>'
    ).format(width, _place(max(length, 0.5)))


def limits(values: Sequence[Decimal | None]) -> tuple[float, float] | None:
    """Return the natural limits of an individuals chart, or None for too few nights."""
    numbers: list[float] = [float(value) for value in values if value is not None]
    if len(numbers) < _ENOUGH:
        return None
    mean = sum(numbers) / len(numbers)
    ranges = [abs(after - before) for before, after in pairwise(numbers)]
    reach = _LIMIT_FACTOR * sum(ranges) / len(ranges)
    return mean - reach, mean + reach


def trend(values: Sequence[Decimal | None], target: Decimal | None, label: str) -> Markup:
    """Draw up to 90 nights with mean, natural limits, target; nights outside are ringed."""
    width, height = 260.0, 44.0
    numbers: list[float] = [float(value) for value in values if value is not None]
    if len(numbers) < 2:
        return Markup("")
    between = limits(values)
    seen = [*numbers, *(between or ()), *([] if target is None else [float(target)])]
    low, high = float(min(seen)), float(max(seen))
    span = (high - low) or 1.0
    step = width / (len(values) - 1)

    def y(value: float) -> float:
        return height - 3 - (value - low) / span * (height - 6)

    lines = []
    if between:
        top, bottom = y(between[1]), y(between[0])
        lines.append(
            f'<rect class="band" x="0" y="{_place(top)}" width="{width}"'
            f' height="{_place(bottom - top)}"/>'
        )
    if target is not None:
        level = _place(y(float(target)))
        lines.append(f'<line class="target" x1="0" x2="{width}" y1="{level}" y2="{level}"/>')
    points = []
    for number, value in enumerate(values):
        if value is None:
            continue
        place = (number * step, y(float(value)))
        points.append(f"{_place(place[0])},{_place(place[1])}")
        if between and not between[0] <= float(value) <= between[1]:
            lines.append(
                f'<circle class="out" cx="{_place(place[0])}" cy="{_place(place[1])}" r="3"/>'
            )
    lines.append(f'<polyline points="{" ".join(points)}"/>')
    return Markup(
        '<svg class="trend" viewBox="-4 0 268 44" width="268" height="44" role="img"'
        ' aria-label="{}">{}</svg>'
    ).format(label, Markup("".join(lines)))
