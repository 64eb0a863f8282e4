"""What happens in the trial: customers of the sample, then others, and what the evaluator says of it."""

import http.client
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from modelmonitor.cli.statistics.asking import Document, asked
from trial.customers import DEARER
from trial.screen import Show
from trial.stage import MATURITY, Stage, TrialError
from trial.traffic import LATEST, Traffic

RISE = 0.5
"""When prices rise, as a share of the time in which there are requests."""
LAST_LABELS = max(MATURITY, LATEST) + 2.0
"""Seconds from a prediction until its truth is surely counted."""
LEAST_SECONDS = LAST_LABELS + (LAST_LABELS + 1.0) / RISE
"""So that some truth is counted before prices rise, and none of before when the rest is counted."""
SECONDS_BETWEEN_LOOKS = 0.5
_AT_FIRST = "customers like those of the sample: there should be no drift"
_RISEN = f"prices have risen by {DEARER - 1:.0%} and younger customers come: what does the evaluator say?"
_OVER = "no more requests; the last predictions wait for their truth"


@dataclass(frozen=True)
class Told:
    """What the evaluator said, and when prices rose, in seconds."""

    rise: float
    before: Document
    """When prices rose."""
    between: Document
    """When all predictions from before had met their truth."""
    after: Document


@dataclass
class _Looking:
    """Shows what the evaluator says, again and again."""

    stage: Stage
    show: Show
    began: float = field(default_factory=time.monotonic)

    def until(self, second: float, line: str) -> Document:
        """Show it until then, and return what it said last."""
        while True:
            found = asked(self.stage.evaluator)
            now = time.monotonic() - self.began
            self.show(f"{now:2.0f} s  {line}", found)
            if now >= second:
                return found
            time.sleep(min(SECONDS_BETWEEN_LOOKS, second - now))


def tell(stage: Stage, seconds: float, show: Show) -> Told:
    """Let it happen within so many seconds, and show it; however this ends, no request is sent afterwards."""
    traffic = Traffic(stage.proxy, stage.evaluator)
    with ThreadPoolExecutor(1) as callers:
        running = callers.submit(traffic.run)
        try:
            told = _look(stage, seconds, traffic, show)
        except BaseException:
            traffic.given_up.set()
            raise
        finally:
            traffic.over.set()
        _ended_well(running)
    return told


def _ended_well(running: Future[None]) -> None:
    try:
        running.result()
    except (OSError, http.client.HTTPException) as error:
        raise TrialError(f"callers: expected answers of the model, got {error!r}") from error


def _look(stage: Stage, seconds: float, traffic: Traffic, show: Show) -> Told:
    requests = seconds - LAST_LABELS
    rise = RISE * requests
    looking = _Looking(stage, show)
    before = looking.until(rise, _AT_FIRST)
    traffic.risen.set()
    between = looking.until(min(rise + LAST_LABELS, requests), _RISEN)
    looking.until(requests, _RISEN)
    traffic.over.set()
    return Told(rise, before, between, looking.until(seconds, _OVER))
