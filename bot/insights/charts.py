"""Charts as SVG: no script, no inline style, readable in print and by screen readers.

Colours and fonts are in templates/charts.css, by class.
"""

import math
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 26
BAR_HEIGHT, LABEL_WIDTH = 26, 210


class Drawing(Markup):
    """An SVG, and the caption that says what it shows."""

    caption = ""


Band = tuple[Sequence[float | None], Sequence[float | None]]


def columns(
    title: str, days: Sequence[date], series: Sequence[tuple[str, Sequence[float]]]
) -> Drawing:
    """Days as stacked columns; a series is a class of charts.css with a value a day."""
    tops = [sum(values[i] for _, values in series) for i in range(len(days))]
    scale = _Scale(0, max(tops, default=0) or 1)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    parts = [scale.grid()]
    for i, day in enumerate(days):
        level = 0.0
        label = ", ".join(f"{name} {values[i]:g}" for name, values in series)
        parts.append(f"<g><title>{day:%a} {day.day} {day:%b}: {escape(label)}</title>")
        for name, values in series:
            if values[i]:
                y, below = scale.y(level + values[i]), scale.y(level)
                parts.append(
                    f'<rect class="{escape(name)}" x="{LEFT + i * step + step * 0.12:.1f}" '
                    f'y="{y:.1f}" width="{step * 0.76:.1f}" height="{max(0.5, below - y):.1f}"/>'
                )
                level += values[i]
        parts.append("</g>")
    parts.append(_day_labels(days, step))
    return _svg(title, HEIGHT, parts)


def lines(
    title: str,
    days: Sequence[date],
    series: Sequence[tuple[str, Sequence[float | None]]],
    band: Band | None = None,
    bounds: tuple[float, float] | None = None,
) -> Drawing:
    """Days as lines; None leaves a gap. `band` is drawn below them, `bounds` fix the scale."""
    known = [v for _, values in series for v in values if v is not None]
    known += [v for side in band or () for v in side if v is not None]
    low, high = bounds or (min(0.0, *known, 0.0), max(*known, 0.0, 0.0) or 1.0)
    scale = _Scale(low, high)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days))

    def x(i: int) -> float:
        return LEFT + (i + 0.5) * step

    parts = [scale.grid()]
    if band:
        inside = [i for i in range(len(days)) if band[0][i] is not None]
        if inside:
            up = [f"{x(i):.1f},{scale.y(band[1][i] or 0):.1f}" for i in inside]
            down = [f"{x(i):.1f},{scale.y(band[0][i] or 0):.1f}" for i in reversed(inside)]
            parts.append(f'<polygon class="band" points="{" ".join(up + down)}"/>')
    for name, values in series:
        path, pen = [], "M"
        for i, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            path.append(f"{pen}{x(i):.1f} {scale.y(value):.1f}")
            pen = "L"
        parts.append(f'<path class="line {escape(name)}" d="{" ".join(path)}"/>')
    parts.append(_day_labels(days, step))
    return _svg(title, HEIGHT, parts)


def points(
    title: str,
    days: Sequence[date],
    values: Sequence[tuple[float, float, float] | None],
    bounds: tuple[float, float],
) -> Drawing:
    """Values with their intervals (value, low, high) over time; None leaves a gap."""
    scale, step = _Scale(*bounds), (WIDTH - LEFT - RIGHT) / max(1, len(days))
    parts, path, pen = [scale.grid()], [], "M"
    for i, one in enumerate(values):
        if one is None:
            pen = "M"
            continue
        x, (y, low, high) = LEFT + (i + 0.5) * step, map(scale.y, one)
        told = f"{days[i].day} {days[i]:%b}: {one[0]:.1f}, {one[1]:.1f} to {one[2]:.1f}"
        parts.append(
            f'<g><title>{told}</title><path class="span" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'
            f'<circle class="plain" cx="{x:.1f}" cy="{y:.1f}" r="4"/></g>'
        )
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    parts.append(f'<path class="line known" d="{" ".join(path)}"/>')
    parts.append(_day_labels(days, step))
    return _svg(title, HEIGHT, parts)


def bars(
    title: str,
    rows: Sequence[tuple[str, float, tuple[float, float] | None, str]],
    name: str = "plain",
) -> Drawing:
    """Rows as horizontal bars: a label, a value, its interval, and the value in words."""
    top = max((max(value, *(span or (0.0,))) for _, value, span, _ in rows), default=0) or 1
    room = WIDTH - LABEL_WIDTH - 130
    parts = []
    for i, (label, value, span, text) in enumerate(rows):
        y = i * BAR_HEIGHT
        width = max(0.0, value / top * room)
        short = label if len(label) <= 30 else label[:29].rstrip() + "…"
        parts.append(
            f'<text class="label" x="{LABEL_WIDTH - 8}" y="{y + 17}" text-anchor="end">'
            f"{escape(short)}</text>"
            f'<rect class="{name}" x="{LABEL_WIDTH}" y="{y + 5}" width="{width:.1f}" height="16" rx="3"/>'
        )
        end = width
        if span:
            a, b = (LABEL_WIDTH + max(0.0, min(1.0, v / top)) * room for v in span)
            end = max(end, b - LABEL_WIDTH)
            parts.append(f'<path class="span" d="M{a:.1f} {y + 13}H{b:.1f}"/>')
        parts.append(
            f'<text class="value" x="{LABEL_WIDTH + end + 8:.1f}" y="{y + 17}">{escape(text)}</text>'
        )
    return _svg(title, max(1, len(rows)) * BAR_HEIGHT, parts)


class _Scale:
    """A vertical scale with a handful of round marks."""

    def __init__(self, low: float, high: float) -> None:
        step = _round_step((high - low) / 4)
        self.low = math.floor(low / step + 1e-9) * step
        self.high = math.ceil(high / step - 1e-9) * step
        self.step = step

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> str:
        marks = []
        for i in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + i * self.step
            y = self.y(value)
            kind = "axis" if abs(value) < 1e-9 else "mark"
            marks.append(
                f'<path class="{kind}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
                f'<text class="tick" x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">'
                f"{round(value, 6):,g}</text>"
            )
        return "".join(marks)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least as large."""
    power = 10 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(power * one for one in (1, 2, 5, 10) if power * one >= rough - 1e-12)


def _day_labels(days: Sequence[date], step: float) -> str:
    every = max(1, math.ceil(len(days) / 8))
    return "".join(
        f'<text class="tick" x="{LEFT + (i + 0.5) * step:.1f}" y="{HEIGHT - 8}" '
        f'text-anchor="middle">{day.day} {day:%b}</text>'
        for i, day in enumerate(days)
        if i % every == 0
    )


def _svg(title: str, height: int, parts: Sequence[str]) -> Drawing:
    drawn = Drawing(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )
    drawn.caption = title
    return drawn
