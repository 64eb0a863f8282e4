"""Labels on their way: sent again for a while if the evaluator does not know their predictions yet.

The body of `POST /v1/labels` is a list of `{"id", "actual", "time"?}`; the answer says of each what
became of it: `{"results": [{"id", "outcome"}, ...]}`.
"""

import collections
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.client import jsontext
from modelmonitor.client.courier import GATHERED, Parcel
from modelmonitor.client.endpoint import Answer, Endpoint
from modelmonitor.client.losses import Losses

PATH = "/v1/labels"
UNKNOWN = "unknown"
"""The outcome of a label whose prediction the evaluator has not seen, or not yet."""


@dataclass(frozen=True, slots=True)
class Label:
    """What turned out to be true of a prediction; `time` in Unix seconds, None for now."""

    id: str
    actual: Any
    time: float | None = None

    def written(self) -> bytes:
        """Write it as JSON.

        Raises
        ------
        TypeError
            If there is no JSON for what it holds.
        """
        row = {"id": self.id, "actual": self.actual}
        return jsontext.text(row if self.time is None else {**row, "time": self.time})


def body(labels: Iterable[bytes]) -> bytes:
    """Make the body of a request from labels as they were written."""
    return b"[" + b",".join(labels) + b"]"


def outcomes(answer: Answer, count: int) -> list[str]:
    """Read what became of each label that was sent, in the order in which they were.

    Raises
    ------
    ValueError
        If the answer is not an evaluator's.
    """
    try:
        found = [str(result["outcome"]) for result in json.loads(answer.body)["results"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"expected the outcome of each label, got {answer.body[:80]!r}") from error
    if len(found) != count:
        raise ValueError(f"expected {count} outcomes, got {len(found)}")
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    written: bytes
    until: float
    """On the monotonic clock."""


class Labels:
    """Carries labels to the evaluator; those that it does not know, again and again for `patience` seconds.

    Attributes
    ----------
    outcomes
        How many labels had which outcome.
    """

    def __init__(self, endpoint: Endpoint, patience: float) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self.losses = Losses("labels")
        self.outcomes: collections.Counter[str] = collections.Counter()

    def forget(self) -> None:
        """Begin anew, as a forked process does."""
        self._endpoint.close()
        self.losses.forget()
        self.outcomes.clear()

    def pack(self, things: Sequence[Label]) -> list[Parcel]:
        """Make parcels of labels."""
        waiting = list(self._written(things))
        parts = [waiting[start : start + GATHERED] for start in range(0, len(waiting), GATHERED)]
        return [Parcel(part, len(part)) for part in parts]

    def deliver(self, parcel: Parcel) -> Parcel | None:
        """Send the labels; give those that are to be sent again."""
        fresh = self._in_time(parcel)
        if not fresh.count:
            return None
        answer = self._endpoint.post(PATH, body(waiting.written for waiting in fresh.content))
        if answer.busy:
            self.losses.add(0, f"{self._endpoint.name}: busy (status {answer.status})")
            return fresh.delayed(answer.retry_after)
        if not answer.good:
            self.losses.add(fresh.count, f"{self._endpoint.name}: refused with status {answer.status}")
            return None
        return self._counted(fresh, outcomes(answer, fresh.count))

    def _written(self, things: Sequence[Label]) -> Iterator[_Waiting]:
        until = time.monotonic() + self._patience
        for label in things:
            try:
                yield _Waiting(label.written(), until)
            except Exception as error:  # noqa: BLE001 - objects of the model's own may do anything
                self.losses.add(1, f"a label cannot be written as JSON: {error}")

    def _counted(self, parcel: Parcel, found: Sequence[str]) -> Parcel | None:
        pairs = zip(parcel.content, found, strict=True)
        again = [waiting for waiting, outcome in pairs if outcome == UNKNOWN]
        self.outcomes.update(outcome for outcome in found if outcome != UNKNOWN)
        return Parcel(again, len(again), tries=parcel.tries).delayed() if again else None

    def _in_time(self, parcel: Parcel) -> Parcel:
        """Leave out what has waited long enough."""
        now = time.monotonic()
        left = [waiting for waiting in parcel.content if waiting.until > now or not parcel.tries]
        if len(left) < parcel.count:
            self.losses.add(parcel.count - len(left), f"labels were not taken within {self._patience:g} s")
        return Parcel(left, len(left), parcel.due, parcel.tries)
