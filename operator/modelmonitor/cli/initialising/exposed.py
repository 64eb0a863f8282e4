"""Metrics that a model server exposes by itself, and by which promises could be measured."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]{0,199})\{([^}]*)\}")
_LONGEST_LINE = 10_000
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="')
_CODES = ("code", "status", "status_code", "http_status", "http_code", "response_code")
_COUNTER = re.compile(r".*(request|predict|infer|call).*_total|.*_requests?_count")
_HISTOGRAM = re.compile(r".*(duration|latency|request|predict|infer).*seconds_bucket")


@dataclass(frozen=True, slots=True)
class Exposed:
    """A counter of requests with the label that has the status, and a histogram of seconds; empty: none."""

    counter: str = ""
    code: str = ""
    histogram: str = ""

    @property
    def bad(self) -> str:
        """The matcher of requests that failed."""
        return f'{self.code}=~"5.."'


def read(text: str) -> Exposed:
    """Look for them in an exposition.

    >>> read('http_requests_total{code="200"} 3\\nhttp_request_duration_seconds_bucket{le="1"} 3')
    Exposed(counter='http_requests_total', code='code', histogram='http_request_duration_seconds')
    """
    labels = _labels(text)
    coded = {
        name: next(code for code in _CODES if code in found)
        for name, found in labels.items()
        if _COUNTER.fullmatch(name) and not found.isdisjoint(_CODES)
    }
    counter = min(coded, key=lambda name: (not name.startswith("http"), len(name)), default="")
    buckets = [name for name, found in labels.items() if _HISTOGRAM.fullmatch(name) and "le" in found]
    histogram = min(buckets, key=lambda name: (not name.startswith("http"), len(name)), default="")
    return Exposed(counter, coded.get(counter, ""), histogram.removesuffix("_bucket"))


def _labels(text: str) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    lines = (_LINE.match(line) for line in text.splitlines() if len(line) <= _LONGEST_LINE)
    for line in filter(None, lines):
        found.setdefault(line[1], set()).update(_LABEL.findall(line[2]))
    return found
