"""Line charts and scatter plots as inline SVG: sharp at any size, dark or light with the page, no scripts.

Colours are CSS classes of style.css. A line chart answers the mouse by CSS alone: each point owns an invisible column
of the plot that, when hovered, shows its dot and its value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from aegean.markup import number

WIDTH, HEIGHT = 420, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 32
MAP = 640  # side of a map
FACES, FACE = 24, 84  # so many pictures behind the dots a side of their sheet; pixels of one on the map
MOST_POINTS = 150  # more are thinned evenly


@dataclass(frozen=True)
class Series:
    """One line: its name, and its values at increasing steps."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Axis:
    """A range of values on a range of pixels."""

    low: float
    high: float
    start: float  # pixel of `low`
    end: float  # pixel of `high`
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, 1e-300))
        return self.start + (self.end - self.start) * (value - low) / (high - low)

    def ticks(self, count: int = 5) -> list[float]:
        """Round values inside the range."""
        return log_ticks(self.low, self.high) if self.log else linear_ticks(self.low, self.high, count)


def linear_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten in [low, high], about `count` of them."""
    step = (high - low) / count
    power = 10.0 ** math.floor(math.log10(step))
    step = min((f * power for f in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / step)))
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 3, 5 times powers of ten in [low, high]; powers of ten alone when there are more than two decades."""
    factors = (1, 2, 3, 5) if high / low < 100 else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**decade for decade in decades for factor in factors]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def line_chart(title: str, lines: Sequence[Series], log: bool | None = None) -> str:
    """Lines over training steps -> one <svg>; without `log`, values that fall far (`falls_far`) get a log scale."""
    lines = [_thin(line) for line in lines]
    values = sorted(v for line in lines for v in line.y if math.isfinite(v))
    if not values:
        return ""
    y = _value_axis(values, falls_far(lines[0].y) and values[0] > 0 if log is None else log)
    steps = [s for line in lines for s in line.x]
    x = Axis(min(steps), max(max(steps), min(steps) + 1), LEFT, WIDTH - RIGHT)
    body = [_frame(x, y), *(_line(line, k, x, y) for k, line in enumerate(lines)), _hover(lines, x, y)]
    label = f'role="img" aria-label="{escape(title)}"'
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" {label}>{"".join(body)}</svg>'


def falls_far(values: Sequence[float]) -> bool:
    """Whether positive values reach three times their lowest, and end near it: a log scale shows that end better."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite or min(finite) <= 0 or max(finite) < 3 * min(finite):
        return False
    return finite[-1] - min(finite) < 0.15 * (max(finite) - min(finite))


def scatter(points: Sequence[tuple[float, float]], labels: Sequence[int], names: Sequence[str], faces: str = "") -> str:
    """Points in the plane, coloured by label, equal scales -> one <svg>; hovering a class's name fades the others.

    `faces`: the address of a sheet of pictures, `FACES` by `FACES`, of the first points: hovering a point, or touching
    it, shows its own.
    """
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    (left, right), (low, high) = _trim(xs), _trim(ys)
    half = max(right - left, high - low, 1e-9) / 2
    x = Axis((left + right) / 2 - half, (left + right) / 2 + half, 0, MAP)
    y = Axis((low + high) / 2 - half, (low + high) / 2 + half, MAP, 0)
    groups = [[(x(a), y(b)) for (a, b), label in zip(points, labels) if label == k] for k in range(len(names))]
    apart = _spread([p for group in groups for p in group]) > 2 * sum(map(_spread, groups)) / max(
        sum(map(bool, groups)), 1
    )
    body, key_x, key_y = [], 0.0, MAP + 30
    for k, (name, group) in enumerate(zip(names, groups)):
        if not group:
            continue
        width = 30 + 8.6 * len(name)
        if key_x + width > MAP:
            key_x, key_y = 0.0, key_y + 24
        key = f'<circle cx="{key_x + 8:.0f}" cy="{key_y}" r="5"/>'
        key += f'<text class="key" x="{key_x + 19:.0f}" y="{key_y}" dy=".33em">{escape(name)}</text>'
        body.append(_cluster(colour(k, len(names)), name if apart else "", group, key if name else ""))
        key_x += width
    height = key_y + 16 if names != ("",) else MAP
    frame = f'<rect class="frame" x=".5" y=".5" width="{MAP - 1}" height="{MAP - 1}" rx="12"/>'
    label = 'role="img" aria-label="map of the codes"'
    behind = _behind([(x(a), y(b)) for a, b in points[: FACES * FACES]], faces) if faces else ""
    return f'<svg class="map" viewBox="0 0 {MAP} {height}" {label}>{frame}{"".join(body)}{behind}</svg>'


def _behind(places: Sequence[tuple[float, float]], faces: str) -> str:
    """Over each dot a larger one, not seen, which shows the dot's picture when the pointer is on it: CSS alone."""
    parts = [f'<defs><image id="faces" width="{FACES}" height="{FACES}" href="{faces}"/></defs>']
    for k, (a, b) in enumerate(places):
        if 4 < a < MAP - 4 and 4 < b < MAP - 4:
            corner = f'x="{min(a + 10, MAP - FACE):.0f}" y="{b - FACE - 10 if b > FACE + 10 else b + 10:.0f}"'
            view = f'viewBox="{k % FACES} {k // FACES} 1 1" width="{FACE}" height="{FACE}"'
            hit = f'<circle cx="{a:.1f}" cy="{b:.1f}" r="7"/>'
            parts.append(f'<g class="dot">{hit}<svg {corner} {view}><use href="#faces"/></svg></g>')
    return f'<g class="dots">{"".join(parts)}</g>'


def colour(k: int, count: int) -> str:
    """The colour of class k: one of the ten of style.css, or a hue of its own where there are more classes."""
    return f"var(--c{k})" if count <= 10 else f"hsl({(k * 360 / count):.0f} 62% 56%)"


def _trim(values: Sequence[float]) -> tuple[float, float]:
    """The range without the outermost 0.3 % at each end, widened by a tenth: one stray code must not shrink the map."""
    ordered = sorted(values)
    cut = int(len(ordered) * 0.003)
    low, high = ordered[cut], ordered[-1 - cut]
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _cluster(paint: str, name: str, points: Sequence[tuple[float, float]], key: str) -> str:
    """One class: its dots, its name in their middle, its line of the key."""
    dots = "".join(
        f"M{a:.1f} {b:.1f}h0" for a, b in points if 4 < a < MAP - 4 and 4 < b < MAP - 4
    )  # 0 long, round ends: a dot
    a, b = (sorted(p[k] for p in points)[len(points) // 2] for k in (0, 1))
    text = f'<text class="middle" x="{a:.0f}" y="{b:.0f}" dy=".35em">{escape(name)}</text>' if name else ""
    return f'<g class="class" style="--c:{paint}"><path d="{dots}"/>{text}{key}</g>'


def _spread(points: Sequence[tuple[float, float]]) -> float:
    """Median distance from the median, along the axes."""
    if not points:
        return 0.0
    middle = [sorted(p[k] for p in points)[len(points) // 2] for k in (0, 1)]
    return sorted(max(abs(a - middle[0]), abs(b - middle[1])) for a, b in points)[len(points) // 2]


def _thin(line: Series) -> Series:
    stride = math.ceil(len(line.x) / MOST_POINTS)
    keep = sorted({*range(0, len(line.x), max(stride, 1)), len(line.x) - 1}) if line.x else []
    return Series(line.name, [line.x[k] for k in keep], [line.y[k] for k in keep])


def _value_axis(values: Sequence[float], log: bool) -> Axis:
    """`values` in order. On a linear scale the wild start of a loss, beyond the 97th percentile, may be cut off."""
    low, high = values[0], values[-1]
    if log and low > 0:
        return Axis(low / 1.06, high * 1.06, HEIGHT - BOTTOM, TOP, log=True)
    bulk = values[int(0.97 * (len(values) - 1))]
    if len(values) > 30 and high - bulk > 2 * (bulk - low):
        high = bulk
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)


def _frame(x: Axis, y: Axis) -> str:
    floor, parts = HEIGHT - BOTTOM, []
    for tick in y.ticks():
        place = f'x="{LEFT - 8}" y="{y(tick):.1f}" dy=".32em" text-anchor="end"'
        parts.append(f'<path class="rule" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="tick" {place}>{number(tick)}</text>')
    for tick in x.ticks():
        place = f'x="{x(tick):.1f}" y="{floor + 18}" text-anchor="middle"'
        parts.append(
            f'<path class="axis" d="M{x(tick):.1f} {floor}v4"/><text class="tick" {place}>{number(tick)}</text>'
        )
    return "".join(parts) + f'<path class="axis" d="M{LEFT} {floor}H{WIDTH - RIGHT}"/>'


def _line(line: Series, k: int, x: Axis, y: Axis) -> str:
    points = " ".join(f"{x(a):.1f},{_inside(y(b)):.1f}" for a, b in zip(line.x, line.y) if math.isfinite(b))
    return f'<polyline class="line s{k}" points="{points}"/>'


def _inside(pixel: float) -> float:
    """A height kept within the plot."""
    return min(max(pixel, TOP), HEIGHT - BOTTOM)


def _hover(lines: Sequence[Series], x: Axis, y: Axis) -> str:
    """An invisible column around every point that shows the point and its value; two lines share the height."""
    parts, share = [], (HEIGHT - TOP - BOTTOM) / len(lines)
    for k, line in enumerate(lines):
        places = [x(step) for step in line.x]
        edges = [LEFT, *((a + b) / 2 for a, b in pairwise(places)), WIDTH - RIGHT]
        for j, (step, value) in enumerate(zip(line.x, line.y)):
            if math.isfinite(value):
                column = f'x="{edges[j]:.1f}" y="{TOP + k * share:.0f}" width="{edges[j + 1] - edges[j]:.1f}"'
                rect = f'<rect {column} height="{share:.0f}"/>'
                parts.append(f'<g class="point">{rect}{_dot(k, places[j], _inside(y(value)), value, step)}</g>')
    return "".join(parts)


def _dot(k: int, x: float, y: float, value: float, step: float) -> str:
    anchor, shift = ("end", -8) if x > WIDTH * 0.6 else ("start", 8)
    words = f'{number(value)} <tspan class="at">at {number(step)}</tspan>'
    text = (
        f'<text x="{x + shift:.1f}" y="{y - 9 if y > TOP + 22 else y + 18:.1f}" text-anchor="{anchor}">{words}</text>'
    )
    return f'<circle class="s{k}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>{text}'
