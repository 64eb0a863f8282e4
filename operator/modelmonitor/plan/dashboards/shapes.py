"""What panels are described by, and how they are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class About:
    """What a panel says of itself: its title, and what it shows, what is normal, what to do."""

    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and the name of its series."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Scale:
    """How values are written and where they end."""

    unit: str
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    soft_low: float | None = None
    soft_high: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a graph is drawn.

    Attributes
    ----------
    limits
        Thresholds, drawn as dashed lines.
    by_value
        True: what is drawn takes the colour of its threshold.
    bars
        True: stacked bars in place of lines.
    overrides
        Of single series.
    step
        Shortest step of a graph; empty: as the time range asks.
    last
        True: the legend has the latest values.
    """

    limits: Any = None
    by_value: bool = False
    bars: bool = False
    overrides: Sequence[Any] = ()
    step: str = ""
    last: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """Panels side by side, which share the width."""

    height: int
    panels: tuple[Any, ...]
    widths: tuple[int, ...] = ()
    """Of 24 columns; empty: the same for all."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of panels under a heading; without a title there is no heading."""

    lines: tuple[Line, ...]
    title: str = ""
    collapsed: bool = False


def letter(position: int) -> str:
    """Return the name of the query at a position."""
    return chr(ord("A") + position)


def value_fields(count: int) -> list[str]:
    """Return what Grafana names the values of so many queries in a table."""
    return ["Value"] if count == 1 else [f"Value #{letter(position)}" for position in range(count)]
