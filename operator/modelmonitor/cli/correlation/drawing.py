"""Two series above one another as SVG, the business moved by its lag, in colours that the page decides."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

import numpy as np

from modelmonitor.cli.correlation.asking import Floats, Span
from modelmonitor.cli.correlation.finding import Pair

WIDTH, _PANEL, _GAP = 960, 110, 18
_LEFT, _RIGHT, _BOTTOM = 64, 16, 22
_MOST_TIMES = 8


def chart(span: Span, pair: Pair) -> str:
    """Draw a pair: what belongs together stands above one another."""
    height = 2 * (_PANEL + _GAP) + _BOTTOM
    moved = np.roll(pair.business.values, -pair.found.lag)
    moved[span.steps - pair.found.lag :] = np.nan
    panels = (("model", pair.model.name, pair.model.values), ("business", pair.business.name, moved))
    parts = [
        part
        for number, (style, name, values) in enumerate(panels)
        for part in _panel(values, _GAP + number * (_PANEL + _GAP), style, name)
    ]
    label = escape(f"{pair.model.name} and {pair.business.name}")
    times = "".join(_times(span, height))
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}{times}</svg>'
    )


def _panel(values: Floats, top: int, style: str, name: str) -> Iterator[str]:
    known = values[np.isfinite(values)]
    yield f'<text x="{_LEFT}" y="{top - 5}" class="name {style}">{escape(name)}</text>'
    if not known.size:
        return
    low, high = float(known.min()), float(known.max())
    for value, y in ((high, top + 4), (low, top + _PANEL)):
        yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y - 4}" y2="{y - 4}" class="grid"/>'
        yield f'<text x="{_LEFT - 6}" y="{y}" class="value">{value:.4g}</text>'
    yield f'<path d="{_path(values, low, high, top)}" class="line dot {style}"/>'


def _path(values: Floats, low: float, high: float, top: int) -> str:
    """Connect neighbours; a value without one is a dot, and a step without a value a gap."""
    path, before = [], math.nan
    for place, value in enumerate(values.tolist()):
        if math.isfinite(value):
            y = top + (_PANEL - 4) * (1 - (value - low) / ((high - low) or 1.0))
            move = "L" if math.isfinite(before) else f"M{_x(place, values.size):.1f} {y:.1f}h0L"
            path.append(f"{move}{_x(place, values.size):.1f} {y:.1f}")
        before = value
    return "".join(path)


def _times(span: Span, height: int) -> Iterator[str]:
    moments = span.moments()
    every = math.ceil(span.steps / _MOST_TIMES)
    for place in range(0, span.steps, every):
        moment = datetime.fromtimestamp(moments[place], UTC)
        words = f"{moment:%d %b}" if span.step.milliseconds % 86_400_000 == 0 else f"{moment:%d %b %H:%M}"
        yield f'<text x="{_x(place, span.steps):.1f}" y="{height - 6}" class="time">{words}</text>'


def _x(place: int, steps: int) -> float:
    return _LEFT + place / max(steps - 1, 1) * (WIDTH - _LEFT - _RIGHT)
