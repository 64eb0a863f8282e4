"""Evaluators of one model that share its traffic; each may be stopped in the middle of it and replaced."""

import contextlib
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator import running
from evaluator.running import Evaluator
from realdata.streaming import sender
from realdata.streaming.clock import Clock
from realdata.streaming.merged import Merged
from realdata.streaming.protocols import Request

PATIENCE = 120.0
MOST_LABELS = 700
"""Of one body."""


@dataclass(frozen=True)
class Setting:
    """What all evaluators of a model are given."""

    config: Mapping[str, Any]
    reference: Mapping[str, Any]
    model: int
    """The model's port."""
    clock: Clock
    redis: Path | None
    """File with the address of what they share; None: each remembers its own."""


@dataclass
class _One:
    """An evaluator and what it has been sent."""

    evaluator: Evaluator
    rows: int = 0
    ids: list[str] = field(default_factory=list)


class Replicas:
    """Some evaluators, used as a context."""

    def __init__(self, folder: Path, setting: Setting, number: int) -> None:
        self._folder, self._setting, self._number = folder, setting, number
        self._started = 0
        self._dead: list[str] = []
        self._dice = random.Random(number)

    def __enter__(self) -> "Replicas":
        with contextlib.ExitStack() as stack:
            self._live = [_One(stack.enter_context(self._evaluator())) for _ in range(self._number)]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(self, requests: Sequence[Request]) -> None:
        """Send requests, each to any of them, and wait until they are counted."""
        shares: dict[int, list[Request]] = defaultdict(list)
        for request in requests:
            shares[self.any_place()].append(request)
        for place, share in shares.items():
            self.observed(place, share)
        sender.predict({self._live[place].evaluator.proxy: share for place, share in shares.items()})
        self.settle()

    def any_place(self) -> int:
        """Choose one of them."""
        return self._dice.randrange(self._number)

    def observed(self, place: int, requests: Sequence[Request]) -> int:
        """Note that requests go to one of them, in whatever way; return the port of its pages."""
        one = self._live[place]
        one.rows += sum(request.rows for request in requests)
        one.ids += [id_ for request in requests for id_ in request.ids if id_]
        return one.evaluator.http

    def settle(self) -> None:
        """Wait until all rows that were sent are counted, and wait for their labels."""
        for one in self._live:
            one.evaluator.wait("predictions_total", one.rows)
            self._until(lambda one=one: sender.taken_in(one.evaluator.http), "they wait for their labels")

    def label(self, items: Sequence[Mapping[str, Any]]) -> Counter[str]:
        """Send labels in order, to any of them; where nothing is shared, to the one with the prediction."""
        found: Counter[str] = Counter()
        if self._setting.redis:
            for some in self._portions(items):
                found += self._labelled(self._dice.choice(self._live), some)
            return found
        owners = {id_: place for place, one in enumerate(self._live) for id_ in one.ids}
        for place, one in enumerate(self._live):
            own = [item for item in items if owners.get(item.get("id", ""), 0) == place]
            for some in self._portions(own):
                found += self._labelled(one, some)
        return found

    def restart(self, place: int) -> list[str]:
        """Stop one of them by SIGTERM and start another; return the ids of its predictions."""
        one = self._live[place]
        self._dead.append(one.evaluator.get("/metrics").decode())
        assert one.evaluator.stop() == 0
        self._live[place] = _One(self._stack.enter_context(self._evaluator()))
        return one.ids

    def given_up(self) -> int:
        """Tell how many waiting predictions those that were stopped say they have lost."""
        logs = "".join(log.read_text() for log in self._folder.glob("*/*.log"))
        return sum(map(int, re.findall(r"(\d+) predictions that waited for their labels are given up", logs)))

    def merged(self) -> Merged:
        """Add up what all of them have counted so far."""
        return Merged([*self._dead, *(one.evaluator.get("/metrics").decode() for one in self._live)])

    def until_matured(self, rows: int) -> None:
        """Wait until this many predictions have matured."""
        self._until(lambda: self.merged().total("cohort_predictions_total") >= rows, f"{rows} have matured")

    @staticmethod
    def _until(done: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < until, f"expected that {what}, got nothing after {PATIENCE} s"
            time.sleep(0.1)

    def _evaluator(self) -> contextlib.AbstractContextManager[Evaluator]:
        self._started += 1
        setting = self._setting
        options = ["--redis-url-file", str(setting.redis)] if setting.redis else []
        return running.evaluator(
            self._folder / str(self._started), setting.config, setting.reference, *options,
            upstream=setting.model, **setting.clock.environment,
        )  # fmt: skip

    def _portions(self, items: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
        start = 0
        while start < len(items):
            size = self._dice.choice((1, 20, MOST_LABELS))
            yield items[start : start + size]
            start += size

    def _labelled(self, one: _One, items: Sequence[Mapping[str, Any]]) -> Counter[str]:
        if len(items) == 1 and items[0].get("id") and items[0]["actual"] is not None:
            return sender.label_one(one.evaluator.http, items[0]["id"], items[0]["actual"])
        return sender.label(one.evaluator.http, items, lines=self._dice.random() < 0.5)
