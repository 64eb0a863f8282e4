"""The report for programs."""

import math
from datetime import UTC, datetime
from typing import Any

from modelmonitor.cli.correlation.finding import ALPHA, Pair, Report, sentences


def document(told: Report) -> dict[str, Any]:
    """Write the report as plain values; what is not known is null."""
    moments = told.span.moments()
    return {
        "monitor": told.title,
        "outcome": told.outcome.value,
        "from": _moment(moments[0]),
        "to": _moment(moments[-1]),
        "step": str(told.span.step),
        "steps": told.span.steps,
        "mostLag": told.most_lag,
        "alpha": ALPHA,
        "says": list(sentences(told)),
        "pairs": [_pair(pair) for pair in told.pairs],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    found = pair.found
    return {
        "model": pair.model.name,
        "business": pair.business.name,
        "direction": pair.direction.value,
        "betterTogether": pair.better_together if pair.is_found else None,
        "lag": found.lag,
        "coefficient": _number(found.coefficient),
        "pValue": _number(pair.p_value),
        "points": found.points,
        "effectivePoints": round(found.effective_points, 2),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
