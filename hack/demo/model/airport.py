"""The airport: asks the model about each flight, as days go by, and tells some days later which were late.

    python airport.py --model flights:8080 --labels flights-evaluator:9464    be the airport
    python airport.py --season storms                                         let another season begin

Days pass quickly: a week in about 25 seconds. The seasons are those of flights.csv.gz in the image of the
model server; one goes on, from its beginning again, until another begins.
"""

import argparse
import collections
import csv
import gzip
import heapq
import http.client
import itertools
import json
import os
import queue
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FLIGHTS = Path("flights.csv.gz")  # in the working folder of the image
SEASON = Path(os.environ.get("SEASON_FILE", "/tmp/season"))
INFER = "/v2/models/flights/infer"
LABELS = "/v1/labels"
NUMBERS = ("airport_delay", "hour", "distance")
TEXTS = ("carrier", "origin")
FLIGHTS_PER_SECOND = 250.0
MOST_FLIGHTS = 16
"""In a request, which are those of the next minutes."""
SENDERS = 24
REQUESTS_PER_CONNECTION = 20
"""A connection is opened anew now and then, so that new replicas get their part."""
TIMEOUT = 20.0
SOONEST, LATEST = 4.0, 36.0
"""Seconds until it is known whether a flight was late: one to ten days."""
NEVER_KNOWN = 0.03
TRIES = 3
MOST_LABELS = 500
SECONDS_PER_LINE = 10.0
CHANCE = random.Random()  # noqa: S311 - nothing secret
Flight = Mapping[str, str]


@dataclass
class Log:
    """What happened since the last line."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str, count: int = 1) -> None:
        """Count something."""
        with self.lock:
            self.counts[what] += count

    def line(self) -> str:
        """Give it as a line, and begin anew.

        >>> log = Log()
        >>> log.add("requests", 2)
        >>> log.line(), log.line()
        ('2 requests', 'nothing')
        """
        with self.lock:
            counts, self.counts = self.counts, collections.Counter()
        return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing"


@dataclass(order=True)
class Label:
    """The truth about a flight, and when it is told."""

    due: float
    prediction: str
    actual: str
    tries: int = 0


class Truth:
    """Tells labels when they are due; what nobody takes is tried again, then given up."""

    def __init__(self, address: str, token: str, log: Log) -> None:
        self._address, self._token, self._log = address, token, log
        self._waiting: list[Label] = []
        self._lock = threading.Lock()

    def learn(self, prediction: str, actual: str) -> None:
        """Know the truth about a prediction, which is told later, or never."""
        if CHANCE.random() >= NEVER_KNOWN:
            label = Label(time.monotonic() + CHANCE.uniform(SOONEST, LATEST), prediction, actual)
            with self._lock:
                heapq.heappush(self._waiting, label)

    def run(self) -> None:
        """Tell what is due, for as long as the process lives."""
        while True:
            time.sleep(0.25)
            with self._lock:
                due: list[Label] = []
                while self._waiting and self._waiting[0].due <= time.monotonic() and len(due) < MOST_LABELS:
                    due.append(heapq.heappop(self._waiting))
            if due:
                self._tell(due)

    def _tell(self, due: Sequence[Label]) -> None:
        try:
            outcomes = self._post(due)
        except (OSError, http.client.HTTPException, ValueError):
            outcomes = ["not taken"] * len(due)
        again = []
        for label, outcome in zip(due, outcomes, strict=True):
            if outcome in ("not taken", "unknown") and label.tries + 1 < TRIES:
                again.append(Label(time.monotonic() + 2.0, label.prediction, label.actual, label.tries + 1))
            else:
                self._log.add(f"labels {outcome}")
        with self._lock:
            for label in again:
                heapq.heappush(self._waiting, label)

    def _post(self, due: Sequence[Label]) -> list[str]:
        body = json.dumps([{"id": it.prediction, "actual": it.actual} for it in due])
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
            connection.request("POST", LABELS, body, headers)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise ValueError(f"labels: expected status 200, got {answer.status}")
            return [one["outcome"] for one in json.load(answer)["results"]]
        finally:
            connection.close()


def seasons() -> dict[str, list[Flight]]:
    """Read the flights of each season, in their order."""
    found: dict[str, list[Flight]] = {}
    with gzip.open(FLIGHTS, "rt", newline="") as file:
        for flight in csv.DictReader(file):
            found.setdefault(flight["season"], []).append(flight)
    return found


def present(first: str) -> str:
    """Give the season that is on: the first, or the one that was said to begin."""
    return SEASON.read_text() if SEASON.exists() else first


def batches(every: Mapping[str, list[Flight]]) -> Iterator[list[Flight]]:
    """Give the flights of one request after another; another season begins at its beginning."""
    first = next(iter(every))
    while True:
        now, place = present(first), 0
        while present(first) == now:
            size = CHANCE.randint(1, MOST_FLIGHTS)
            yield every[now][place : place + size]
            place = place + size if place + size < len(every[now]) else 0


def question(name: str, flights: Sequence[Flight]) -> bytes:
    """Write a request of the Open Inference Protocol: a tensor for each column."""
    shape = [len(flights), 1]
    inputs: list[dict[str, object]] = [
        {"name": it, "datatype": "FP64", "shape": shape, "data": [float(one[it]) for one in flights]}
        for it in NUMBERS
    ]
    inputs += [
        {"name": it, "datatype": "BYTES", "shape": shape, "data": [one[it] for one in flights],
         "parameters": {"content_type": "str"}}
        for it in TEXTS
    ]  # fmt: skip
    return json.dumps({"id": name, "parameters": {"content_type": "pd"}, "inputs": inputs}).encode()


def ask(connection: http.client.HTTPConnection, body: bytes) -> int:
    """Give the status of an answer, 0 for none; a kept connection may have gone stale, a new one may not."""
    while True:
        kept = connection.sock is not None
        try:
            connection.request("POST", INFER, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            if not kept or isinstance(failure, TimeoutError):
                return 0
        else:
            return answer.status


def send(address: str, due: "queue.Queue[list[Flight]]", truth: Truth, log: Log) -> None:
    """Ask what is due, one request after another, for as long as the process lives."""
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT)
    prefix = f"{os.getpid()}-{CHANCE.getrandbits(48):x}"
    for number in itertools.count(1):
        flights = due.get()
        name = f"{prefix}-{number}"
        status = ask(connection, question(name, flights))
        log.add("requests")
        log.add("flights", len(flights))
        if status == http.HTTPStatus.OK:
            for row, flight in enumerate(flights):
                truth.learn(f"{name}/{row}" if len(flights) > 1 else name, flight["late"])
        else:
            log.add(f"requests failed with {status or 'no answer'}")
        if number % REQUESTS_PER_CONNECTION == 0:
            connection.close()


def run(model: str, labels: str, token: str) -> None:
    """Let days pass; fewer flights when all senders wait for answers."""
    due: queue.Queue[list[Flight]] = queue.Queue(SENDERS)
    log = Log()
    truth = Truth(labels, token, log)
    threading.Thread(target=truth.run, daemon=True).start()
    for _ in range(SENDERS):
        threading.Thread(target=send, args=(model, due, truth, log), daemon=True).start()
    told = now = time.monotonic()
    for flights in batches(seasons()):
        due.put(flights)
        now = max(now + len(flights) / FLIGHTS_PER_SECOND, time.monotonic() - 1.0)
        time.sleep(max(0.0, now - time.monotonic()))
        if now >= told + SECONDS_PER_LINE:
            print(f"{time.strftime('%H:%M:%S')} {flights[0]['day']}: {log.line()}", flush=True)
            told = now


def begin(season: str) -> None:
    """Let a season begin; a reader sees the old or the new one, never a part."""
    known = list(seasons())
    if season not in known:
        sys.exit(f"--season: expected one of {', '.join(known)}, got {season}")
    unfinished = SEASON.with_suffix(".unfinished")
    unfinished.write_text(season)
    unfinished.replace(SEASON)
    print(f"{season} begins")


def main() -> None:
    """Do what the arguments ask for, until a signal comes."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--season", help="let it begin, and end")
    parser.add_argument("--model", help="host and port of the model")
    parser.add_argument("--labels", help="host and port of those who take labels")
    parser.add_argument("--token-file", type=Path, help="what they want to be shown")
    wanted = parser.parse_args()
    if wanted.season:
        begin(wanted.season)
        return
    if not (wanted.model and wanted.labels and wanted.token_file):
        parser.error("expected --model, --labels and --token-file, or --season")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run(wanted.model, wanted.labels, wanted.token_file.read_text().strip())


if __name__ == "__main__":
    main()
