"""Requests with labels: what senders may write, and what they are answered."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from modelmonitor.errors import MonitorError
from modelmonitor.evaluator.join import truth
from modelmonitor.evaluator.join.store import LabelOutcome
from modelmonitor.evaluator.records import key
from modelmonitor.evaluator.texts import class_text
from modelmonitor.wire.config import Task

LINES = ("ndjson", "jsonl", "json-lines", "jsonlines")


class LabelsUnreadable(MonitorError):
    """The body of a request with labels is no JSON."""

    reason = "LabelsUnreadable"


@dataclass(frozen=True, slots=True)
class Label:
    """One item of a request, read."""

    id: str | None
    key: int = 0
    """Of the id; 0: the item is invalid."""
    truth: bytes = b""
    time: float | None = None
    """When it came true, Unix time, where the sender says so."""
    actual: object = None
    """What came true, as it was sent."""


@dataclass(slots=True)
class LabelAnswer:
    """What the sender is told, and what is counted."""

    status: int = 200
    """400: the body is no JSON. 503: the store is down or full; send all of it again."""
    retry_after: int | None = None
    """Seconds, with 503."""
    error: str = ""
    results: list[tuple[str | None, LabelOutcome]] = field(default_factory=list)
    """Id and outcome of each item, in order; with 503, those that were dealt with before."""
    actuals: list[object] = field(default_factory=list)
    """What each item said came true, as it was sent."""
    lags: list[float] = field(default_factory=list)
    """Of each joined label: seconds since its prediction."""

    @property
    def counts(self) -> dict[LabelOutcome, int]:
        """How many items had each outcome."""
        return dict(Counter(outcome for _, outcome in self.results))

    @property
    def body(self) -> dict[str, object]:
        """The answer as JSON."""
        document: dict[str, object] = {
            "results": [{"id": id_, "outcome": outcome.value} for id_, outcome in self.results],
            "counts": {outcome.value: count for outcome, count in self.counts.items()},
        }
        return document | ({"error": self.error} if self.error else {})


def items(body: bytes, content_type: str) -> list[object]:
    """Split a request into items: a JSON list, one JSON object, or a JSON object on each line.

    NaN and Infinity are let through, so that one such label does not refuse all others; so are broken lines
    (as None).

    Raises
    ------
    LabelsUnreadable
        If the body is neither.
    """
    if any(name in content_type.lower() for name in LINES):
        return list(_lines(body))
    try:
        document = decode(body)
    except LabelsUnreadable:
        found = list(_lines(body))
        if len(found) < 2 or found[0] is None:
            raise
        return found
    return document if isinstance(document, list) else [document]


def decode(body: bytes) -> object:
    """Decode JSON, with Python's NaN and Infinity.

    Raises
    ------
    LabelsUnreadable
        If it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        text = f"labels: expected JSON, got {error}; send a list of objects with id and actual, or one a line"
        raise LabelsUnreadable(text) from None


def label(task: Task, item: object) -> Label:
    """Read one item, `{id, actual, time?}` or a CloudEvent with it; a key of 0 says that it is invalid."""
    if isinstance(item, Mapping) and "specversion" in item:
        item = item.get("data")
    if not isinstance(item, Mapping):
        return Label(None)
    id_ = class_text(item.get("id"))
    written = truth.encode(task, item.get("actual"))
    time, good = _time(item.get("time"))
    if id_ is None or written is None or not good:
        return Label(id_)
    return Label(id_, key(id_), written, time, item["actual"])


def _lines(body: bytes) -> Iterator[object]:
    for line in body.split(b"\n"):
        if line.strip():
            try:
                yield decode(line)
            except LabelsUnreadable:
                yield None


def _time(value: object) -> tuple[float | None, bool]:
    """Read Unix seconds, or a text as of RFC 3339 with its zone."""
    if value is None:
        return None, True
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None, False
        return (None, False) if moment.tzinfo is None else (moment.timestamp(), True)
    seconds = truth.number(value)
    return seconds, seconds is not None
