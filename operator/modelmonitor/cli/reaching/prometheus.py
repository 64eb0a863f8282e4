"""A Prometheus, or what speaks its API, asked over HTTP, directly or through the API server."""

import http.client
import json
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor.cli.reaching import opener
from modelmonitor.cli.reaching.address import Address

SECONDS = 60.0
MOST_POINTS = 10_000
"""Of one range query, a little below what Prometheus allows."""
_LARGEST = 1 << 28
_LONGEST_GET = 6_000
"""Who may read only may ask by GET alone; longer questions do not pass every proxy that way."""
Found = list[dict[str, Any]]


class NotAnswered(Exception):
    """Prometheus did not answer, or not with data; says where, what came, and what to do."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Asks one Prometheus; may be used by several threads."""

    address: Address
    seconds: float = SECONDS

    def instant(self, query: str, at: float) -> Found:
        """Evaluate a query at one time, in Unix seconds.

        Raises
        ------
        NotAnswered
            If anything but data comes back.
        """
        return self._results("query", {"query": query, "time": f"{at:.3f}"})

    def range(self, query: str, start: float, end: float, step: float) -> Found:
        """Evaluate a query from start to end."""
        series: dict[str, dict[str, Any]] = {}
        while start <= end:
            until = min(end, start + MOST_POINTS * step)
            window = {"query": query, "start": f"{start:.3f}", "end": f"{until:.3f}", "step": f"{step:g}"}
            for found in self._results("query_range", window):
                known = series.setdefault(json.dumps(found["metric"], sort_keys=True), found)
                if known is not found:
                    known["values"] += found["values"]
            start = until + step
        return list(series.values())

    def values(self, query: str, at: float, *labels: str) -> dict[tuple[str, ...], float]:
        """Return finite values at one time by these labels."""
        found = {
            tuple(one["metric"].get(label, "") for label in labels): float(one["value"][1])
            for one in self.instant(query, at)
        }
        return {key: value for key, value in found.items() if math.isfinite(value)}

    def _results(self, what: str, asked: Mapping[str, str]) -> Found:
        where = f"{self.address.name}/api/v1/{what}"
        body = self._answer(where, self._request(what, asked))
        samples = "value" if what == "query" else "values"
        try:
            result: Found = json.loads(body)["data"]["result"]
            _check(result, samples)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NotAnswered(
                f"{where}: expected data of Prometheus, got something else; check the address"
            ) from None
        return result

    def _request(self, what: str, asked: Mapping[str, str]) -> urllib.request.Request:
        url = f"{self.address.url.rstrip('/')}/api/v1/{what}"
        written, headers = urllib.parse.urlencode(asked), dict(self.address.headers())
        if len(written) <= _LONGEST_GET:
            return urllib.request.Request(f"{url}?{written}", headers=headers)  # noqa: S310 - http(s) only
        return urllib.request.Request(url, written.encode(), headers)  # noqa: S310

    def _answer(self, where: str, request: urllib.request.Request) -> bytes:
        try:
            with opener.opened(request, self.seconds, self.address.tls) as answer:
                found: bytes = answer.read(_LARGEST)
                return found
        except urllib.error.HTTPError as error:
            reason = _reason(error.read(1 << 20)) or str(error.reason)
            error.close()
            raise NotAnswered(f"{where}: expected data, got {error.code}: {reason}") from None
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)
            got = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
            raise NotAnswered(
                f"{where}: expected an answer of Prometheus, got {got.lower()}; check the address, "
                "or forward its port with kubectl port-forward"
            ) from None


def _check(result: Any, samples: str) -> None:
    """Fail in one of many ways if these are no series: whoever answers may be no Prometheus."""
    if not isinstance(result, list):
        raise TypeError("expected a list")
    for one in result:
        "".join([*one["metric"], *one["metric"].values()])
        for time, value in [one[samples]] if samples == "value" else one[samples]:
            float(time), float(value)


def _reason(body: bytes) -> str:
    """Return what Prometheus, or the API server before it, has against a request."""
    try:
        said = json.loads(body)
        return str(said.get("error") or said.get("message", ""))[:300]
    except (ValueError, AttributeError, RecursionError):
        return ""
