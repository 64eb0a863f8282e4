"""Series over time from a Prometheus, or from what speaks its API, one value for each step."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from modelmonitor.api.duration import Duration
from modelmonitor.cli.reaching import opener
from modelmonitor.cli.reaching.address import Address

Floats = NDArray[np.float64]
_SECONDS = 60.0
_LARGEST = 1 << 26
_PATH = "/api/v1/query_range"


class NoAnswer(click.ClickException):
    """Nobody answers, or not with series."""


@dataclass(frozen=True, slots=True)
class Span:
    """Equidistant moments, the last one included, the first one not: each is the end of a step."""

    end: int
    """In milliseconds, a multiple of the step: steps of a day end at midnight UTC."""
    step: Duration
    steps: int

    @classmethod
    def until(cls, now: float, since: Duration, step: Duration) -> "Span":
        """Return the last whole steps before now, as many as fit."""
        whole = step.milliseconds
        return cls(int(now * 1000) // whole * whole, step, since.milliseconds // whole)

    def moments(self) -> list[float]:
        """Return the ends of the steps, in Unix seconds."""
        return [(self.end - back * self.step.milliseconds) / 1000 for back in reversed(range(self.steps))]


def series(url: str, query: str, span: Span) -> Floats:
    """Ask for the one series of a query; NaN at moments at which it has no value.

    Raises
    ------
    NoAnswer
        With the reason and what to do, in one line.
    """
    moments, step = span.moments(), float(span.step.seconds)
    asked = {"query": query, "start": moments[0], "end": moments[-1], "step": step}
    values = np.full(span.steps, np.nan)
    for time, value in _asked(url.rstrip("/") + _PATH, asked):
        values[min(max(round((time - moments[0]) / step), 0), span.steps - 1)] = value
    return values


def _asked(where: str, asked: dict[str, Any]) -> list[tuple[float, float]]:
    """Return the samples of the first series; none if there is no series."""
    body = _answer(where, asked)
    try:
        series = json.loads(body)["data"]["result"]
        return [(float(time), float(value)) for one in series[:1] for time, value in one["values"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _nothing(where, "something else", "is this a Prometheus?") from None


def _answer(where: str, asked: dict[str, Any]) -> bytes:
    request = urllib.request.Request(where, urllib.parse.urlencode(asked).encode())  # noqa: S310 - http(s) only
    try:
        with opener.opened(request, _SECONDS) as answer:
            found: bytes = answer.read(_LARGEST)
            return found
    except urllib.error.HTTPError as error:
        reason = _reason(error.read(_LARGEST)) or error.reason
        error.close()
        raise _nothing(where, f"{error.code} {reason}", "is this a Prometheus?") from None
    except (OSError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", error)
        got = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
        raise _nothing(where, got.lower(), "check the address, or forward the port") from None


def _reason(body: bytes) -> str:
    """Return what Prometheus has against a query."""
    try:
        return str(json.loads(body)["error"])[:200]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _nothing(where: str, got: str, remedy: str) -> NoAnswer:
    return NoAnswer(f"{Address(where).name}: expected series of Prometheus, got {got}; {remedy}")
