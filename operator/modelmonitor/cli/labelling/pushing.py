"""Sending labels until the evaluator has said of each what became of it."""

import collections
import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from modelmonitor.client import labels as protocol
from modelmonitor.client.endpoint import Answer, Endpoint, NotReached
from modelmonitor.client.labels import UNKNOWN, Label

AT_ONCE = 500
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class NotTaken(Exception):
    """The evaluator takes none of it; says why, and what to do."""


@dataclass
class Push:
    """Labels on their way to an evaluator.

    Attributes
    ----------
    outcomes
        How many had which outcome, so far.
    sent
        Called after each request.
    """

    endpoint: Endpoint
    wait: float
    """Seconds."""
    sent: Callable[[], None] = lambda: None
    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)

    def send(self, labels: Iterator[Label]) -> None:
        """Send them all, then those whose prediction was unknown again, for as long as we wait.

        Raises
        ------
        NotTaken
            If the evaluator is away or busy for longer, or refuses.
        """
        unknown = self._pass(labels)
        for pause in self._pauses():
            if not unknown:
                return
            time.sleep(pause)
            self.outcomes[UNKNOWN] -= len(unknown)
            unknown = self._pass(iter(unknown))

    def _pass(self, labels: Iterator[Label]) -> list[Label]:
        """Send each once and give those that are unknown."""
        unknown: list[Label] = []
        while batch := list(itertools.islice(labels, AT_ONCE)):
            outcomes = self._answered(batch)
            self.outcomes.update(outcomes)
            unknown += [label for label, it in zip(batch, outcomes, strict=True) if it == UNKNOWN]
            self.sent()
        return unknown

    def _answered(self, batch: Sequence[Label]) -> list[str]:
        body = protocol.body(label.written() for label in batch)
        reason = ""
        for pause in itertools.chain([0.0], self._pauses()):
            time.sleep(pause)
            try:
                answer = self.endpoint.post(protocol.PATH, body)
            except (NotReached, OSError, http.client.HTTPException) as error:
                reason = str(error) or type(error).__name__
                continue
            if answer.busy:
                reason = f"status {answer.status}: {_said(answer) or 'its store is away'}"
                time.sleep(min(answer.retry_after, self.wait))
                continue
            return self._outcomes(answer, len(batch))
        raise NotTaken(f"expected an evaluator that takes labels, got {reason}; try again later")

    def _outcomes(self, answer: Answer, count: int) -> list[str]:
        if said := _said(answer):
            raise NotTaken(f"expected the API server to pass labels on, got status {answer.status}: {said}")
        if answer.status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
            raise NotTaken(f"expected our token to be right, got status {answer.status}; see --token-file")
        try:
            if not answer.good:
                raise ValueError(f"expected status 200, got {answer.status}: {answer.body[:200]!r}")
            return protocol.outcomes(answer, count)
        except ValueError as error:
            raise NotTaken(f"{error}; is this an evaluator?") from error

    def _pauses(self) -> Iterator[float]:
        """Give pauses that double, as many as fit into the time that we wait."""
        until = time.monotonic() + self.wait
        pause = _FIRST_PAUSE
        while (left := until - time.monotonic()) > 0:
            yield min(pause, left)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _said(answer: Answer) -> str:
    """Return what an API server in between has to say; empty if it is the evaluator that answers."""
    if answer.good or b'"kind":"Status"' not in answer.body:
        return ""
    try:
        return str(json.loads(answer.body)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
