"""Charts as SVG: plain shapes and text, in colours that the page decides."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from modelmonitor.cli.backtesting.curves import Chart, Curve

WIDTH, HEIGHT = 960, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 12, 26
_TICKS = 5
_DAY = 86_400
_TIME_STEPS = (
    300,
    900,
    1800,
    3600,
    10_800,
    21_600,
    43_200,
    _DAY,
    2 * _DAY,
    7 * _DAY,
    14 * _DAY,
    28 * _DAY,
    84 * _DAY,
)
Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where moments and values are drawn."""

    start: float
    end: float
    low: float = 0.0
    high: float = 1.0
    height: int = HEIGHT

    def x(self, seconds: float) -> float:
        """Return where a moment is."""
        share = (seconds - self.start) / max(self.end - self.start, 1e-9)
        return _LEFT + min(max(share, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return where a value is; those beyond an end are at that end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)


def chart(drawn: Chart, start: float, end: float, bands: Sequence[Band]) -> str:
    """Draw a chart; in bands an alert about it fired."""
    low, high = _range(drawn)
    frame = Frame(start, end, low, high)
    parts = [
        *(_band(frame, band) for band in bands),
        *_values(frame, percent=drawn.percent),
        *_times(frame),
        *(_limit(frame, value, meaning) for value, meaning in drawn.limits),
        *(_line(frame, curve, number) for number, curve in enumerate(drawn.curves)),
    ]
    return _svg(drawn.title, HEIGHT, parts)


def timeline(rows: Sequence[tuple[str, str, Sequence[Band]]], start: float, end: float) -> str:
    """Draw when alerts fired: a row for each, with its name and severity."""
    height = _TOP + _BOTTOM + 24 * len(rows)
    frame = Frame(start, end, height=height)
    parts = list(_times(frame))
    for number, (name, severity, bands) in enumerate(rows):
        y = _TOP + 24 * number
        parts.append(f'<text x="{_LEFT}" y="{y + 9}" class="row">{escape(name)}</text>')
        parts += [
            f'<rect x="{frame.x(first):.1f}" y="{y + 12}" height="8" rx="2" class="{severity}" '
            f'width="{max(frame.x(last) - frame.x(first), 2):.1f}"/>'
            for first, last in bands
        ]
    return _svg("When alerts fired", height, parts)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )


def _range(drawn: Chart) -> tuple[float, float]:
    """Return the ends of the axis; a single outlier does not press all else to the floor."""
    every = sorted(value for curve in drawn.curves for _, value in curve.points if math.isfinite(value))
    told = [*every, *(value for value, _ in drawn.limits)] or [0.0]
    low, high = min(told), max(told)
    if drawn.percent:
        return max(min(low, 0.0), -1.0), max(high, 1.0)
    if (
        every
        and high > 4 * (usual := max(every[int(len(every) * 0.99)], *(it for it, _ in drawn.limits), 0.0)) > 0
    ):
        high = 4 * usual
    room = (high - low or abs(high) or 1.0) * 0.08
    return (0.0 if 0 <= low <= 0.4 * high else low - room), high + room


def _band(frame: Frame, band: Band) -> str:
    left, right = frame.x(band[0]), frame.x(band[1])
    height = frame.height - _TOP - _BOTTOM
    width = max(right - left, 1)
    return f'<rect x="{left:.1f}" y="{_TOP}" width="{width:.1f}" height="{height}" class="fired"/>'


def _limit(frame: Frame, value: float, meaning: str) -> str:
    y = frame.y(value)
    return (
        f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="limit"/>'
        f'<text x="{WIDTH - _RIGHT}" y="{y - 4:.1f}" class="meaning">{escape(meaning)}</text>'
    )


def _line(frame: Frame, curve: Curve, number: int) -> str:
    """Draw a line that ends where there are no values."""
    steps = [after - before for (before, _), (after, _) in zip(curve.points, curve.points[1:], strict=False)]
    usual = min(steps, default=0.0)
    path, last = [], -math.inf
    for seconds, value in curve.points:
        if math.isfinite(value):
            path.append(
                f"{'L' if seconds - last <= 1.5 * usual else 'M'}{frame.x(seconds):.1f} {frame.y(value):.1f}"
            )
            last = seconds
    return f'<path d="{" ".join(path)}" class="line c{number}"><title>{escape(curve.name)}</title></path>'


def _values(frame: Frame, *, percent: bool) -> Iterator[str]:
    step = _nice((frame.high - frame.low) / _TICKS)
    for number in range(math.ceil(frame.low / step), math.floor(frame.high / step) + 1):
        value = number * step
        text = f"{value:.0%}" if percent else f"{value:.6g}"
        y = frame.y(value)
        yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="value">{text}</text>'


def _times(frame: Frame) -> Iterator[str]:
    step = next((it for it in _TIME_STEPS if (frame.end - frame.start) / it <= 9), 365 * _DAY)
    for number in range(math.ceil(frame.start / step), math.floor(frame.end / step) + 1):
        moment = datetime.fromtimestamp(number * step, UTC)
        text = f"{moment:%d %b}" if step >= _DAY else f"{moment:%d %b %H:%M}"
        yield f'<text x="{frame.x(number * step):.1f}" y="{frame.height - 8}" class="time">{text}</text>'


def _nice(step: float) -> float:
    """Return the next of 1, 2, 5, 10 … that is not less."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(it * power for it in (1, 2, 5, 10) if it * power >= step * (1 - 1e-9))
