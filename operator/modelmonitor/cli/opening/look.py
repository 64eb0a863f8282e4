"""Grafana's look: named colours as classes of the page, and values with their units."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

PALETTE = ("green", "yellow", "light-blue", "orange", "red", "blue", "purple")
TINTS = {
    **{name: name for name in PALETTE},
    "transparent": "none",
    "#8e8e8e": "faint",
    "rgba(115, 191, 105, 0.25)": "quiet",
}
"""Colours of dashboards and their names in page.css, which has one of each for light and for dark."""
SHADES = 20
"""Of the background of a share."""
_THOUSANDS = ((1e9, "Bil"), (1e6, "Mil"), (1e3, "K"))
_TIMES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"), (0.001, "ms"))


def tint(name: str) -> str:
    """Return the class that stands for a colour."""
    return f"t-{TINTS.get(name, 'faint')}"


def threshold(steps: Sequence[Mapping[str, Any]], value: float) -> str:
    """Return the class of a value by thresholds."""
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return tint(reached[-1]["color"])


def mapped(mappings: Sequence[Mapping[str, Any]], value: float) -> tuple[str, str] | None:
    """Return the word and the class of a value; None when it has none."""
    for mapping in mappings:
        result = mapping["options"].get(f"{value:g}") if mapping["type"] == "value" else None
        if result:
            return str(result["text"]), tint(result["color"])
    return None


def written(value: float, field: Mapping[str, Any]) -> str:
    """Write a value with its unit as Grafana does."""
    unit, decimals = field.get("unit", "none"), field.get("decimals")
    if math.isnan(value):
        return str(field.get("noValue", "NaN"))
    if unit == "percentunit":
        return f"{_rounded(value * 100, decimals)}%"
    if unit in {"s", "m", "d"}:
        return _time(value * {"s": 1, "m": 60, "d": 86_400}[unit], decimals)
    if unit == "locale":
        return f"{value:,.0f}"
    if unit == "short" and (large := next((it for it in _THOUSANDS if abs(value) >= it[0]), None)):
        return f"{_rounded(value / large[0], decimals)} {large[1]}"
    suffix = {"eps": " evt/s"}.get(
        unit, f" {unit.removeprefix('suffix:')}" if unit.startswith("suffix:") else ""
    )
    return f"{_rounded(value, decimals)}{suffix}"


def shade(share: float) -> str:
    """Return the class of the background of a share: the larger, the bluer."""
    return f"b{round(min(max(share, 0.0), 1.0) * SHADES)}"


def _time(seconds: float, decimals: int | None) -> str:
    for size, unit in _TIMES:
        if abs(seconds) >= size:
            return f"{_rounded(seconds / size, decimals)} {unit}"
    return f"{_rounded(seconds, decimals)} s"


def _rounded(value: float, decimals: int | None) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if decimals is not None:
        return f"{value:.{int(decimals)}f}"
    return f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")
