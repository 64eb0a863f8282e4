"""What evaluators capture, read from all of a model's pods at once into one file of this machine."""

import http
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from modelmonitor import wire
from modelmonitor.cli.reaching import lines
from modelmonitor.cli.reaching.address import Address
from modelmonitor.cli.reaching.lines import NotRead

MOST_ROWS = 1_000_000
"""Are enough for any reference: reading ends with them, and so does what they take of the disk."""
MOST_TRUTHS = 1_000_000
MOST_PODS = 50
"""Are read, for each takes a connection of the API server; those of more are alike."""
RETRY_SECONDS = 2.0
_SHORTEST = 0.1
_REFUSALS = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN)


@dataclass
class Gathering:
    """Rows go to a file as they come, labels are kept by id; may be told by several threads.

    Attributes
    ----------
    heads
        What each pod's evaluator said first: what it counts.
    until
        The latest time that any of them told.
    refused
        Why none of them lets us read; empty: they do.
    absent
        Why a pod is not read at the moment.
    """

    file: IO[bytes]
    rows: int = 0
    heads: dict[str, dict[str, Any]] = field(default_factory=dict)
    truths: dict[str, object] = field(default_factory=dict)
    until: float = 0.0
    refused: str = ""
    absent: dict[str, str] = field(default_factory=dict)
    _lost: Counter[tuple[str, int]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    @property
    def lost(self) -> int:
        """How many rows we were too slow for."""
        return self._lost.total()

    @property
    def hindrance(self) -> str:
        """Why nothing is read yet; empty where something is, or nobody has said why not."""
        return "" if self.heads else next(iter(list(self.absent.values())), "")

    @property
    def is_enough(self) -> bool:
        """Whether nothing more needs to be read."""
        return self.rows >= MOST_ROWS or bool(self.refused)

    def close(self) -> None:
        """Take nothing more, whoever still reads."""
        with self._lock:
            self._closed = True

    def take(self, pod: str, turn: int, line: Mapping[str, Any], text: bytes) -> None:
        """Take a line of a pod; `turn` tells apart the times that it was asked."""
        with self._lock:
            if self._closed:
                return
            if "count" in line:
                _check(line)
                self.rows += line["count"]
                self.file.write(text)
            elif "labels" in line:
                pairs = zip(line["labels"]["ids"], line["labels"]["actuals"], strict=True)
                self.truths |= dict(pairs) if len(self.truths) < MOST_TRUTHS else {}
            elif "config" in line:
                self.heads[pod] = dict(line)
                self.absent.pop(pod, None)
            elif "lost" in line:
                self._lost[pod, turn] = line["lost"]
                self.until = max(self.until, line["now"])


def _check(line: Mapping[str, Any]) -> None:
    """Fail in any way if these are no columns of one length: a pod may say anything."""
    kept = {name: line[name] for name in ("predictions", "scores", "ids") if name in line}
    if any(len(it) != line["count"] for it in (*line["features"].values(), *kept.values())):
        raise ValueError("expected columns of one length")


class Pods:
    """Reads from each pod in a thread of its own, again where a reading breaks off, until stopped."""

    def __init__(self, into: Gathering, seconds: float, token: str) -> None:
        self._into = into
        self._until = time.monotonic() + seconds
        self._headers = {wire.HEADER_OF_SENDERS: token} if token else {}
        self._stop = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    @property
    def left(self) -> float:
        """Seconds that reading goes on; 0: it is over."""
        over = self._stop.is_set() or self._into.is_enough
        return 0.0 if over else max(0.0, self._until - time.monotonic())

    def read(self, pods: Mapping[str, Callable[[], Address]]) -> None:
        """Begin with the pods that are not read yet; each by its name, and how its evaluator is reached."""
        for name, address in pods.items():
            if name not in self._threads and len(self._threads) < MOST_PODS:
                thread = threading.Thread(target=self._again, args=(name, address()), daemon=True)
                self._threads[name] = thread
                thread.start()

    def stop(self) -> None:
        """Read no more, and wait until nothing more is written."""
        self._stop.set()
        for thread in self._threads.values():
            thread.join(2 * RETRY_SECONDS)
        self._into.close()

    def _again(self, pod: str, address: Address) -> None:
        turn = 0
        while self.left:
            try:
                self._once(pod, turn, address)
            except NotRead as error:
                self._note(pod, error)
            turn += 1
            self._stop.wait(min(RETRY_SECONDS, self.left))

    def _once(self, pod: str, turn: int, address: Address) -> None:
        path = f"{wire.PATH_CAPTURED}?seconds={max(self.left, _SHORTEST):.3f}"
        with lines.opened(address, path, self._headers) as found:
            for line, text in found:
                self._into.take(pod, turn, line, text)
                if not self.left:
                    return

    def _note(self, pod: str, error: NotRead) -> None:
        self._into.absent[pod] = error.why
        if error.status in _REFUSALS:
            self._into.refused = f"the API server says: {error.why}" if error.by_api else error.why
        elif error.status == http.HTTPStatus.NOT_FOUND and not error.by_api:
            self._into.refused = f"evaluators older than this command cannot be read along: {error.why}"
