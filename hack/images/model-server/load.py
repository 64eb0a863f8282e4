"""Send a steady, bounded load of predictions to a model server, and tell every ten seconds how it fared.

    python -m load http://breast-cancer.demo:8080 --rate 20 --duration 3600

Connections are kept over many requests and opened anew now and then, so that new replicas get their part.
"""

import argparse
import http.client
import itertools
import json
import queue
import signal
import statistics
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

ROWS = Path("rows.json")  # in the working folder of the image
MODEL = "/v2/models/breast-cancer/infer"
READY = "/v2/health/ready"
SENDERS = 16
REQUESTS_PER_CONNECTION = 50
SECONDS_PER_LINE = 10.0
TIMEOUT = 5.0
LONGEST_WAIT = 180.0
MOST_PER_SECOND = 200.0
LONGEST = 6 * 3600.0

Seen = tuple[int, float]
"""The status of an answer, 0 for none, and the seconds it took."""


def bodies(rows: list[list[float]]) -> Iterator[bytes]:
    """Give a request for each row, over and over."""
    for row in itertools.cycle(rows):
        tensor = {"name": "features", "shape": [1, len(row)], "datatype": "FP64", "data": row}
        yield json.dumps({"inputs": [tensor]}).encode()


def await_ready(url: urllib.parse.SplitResult) -> None:
    """Wait until the server says that its model is loaded; it is told once that this may take a while."""
    print(f"waiting for {url.geturl()} to be ready", flush=True)
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(str(url.hostname), url.port or 80, timeout=TIMEOUT)
        try:
            connection.request("GET", READY)
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.5)
    sys.exit(f"{url.geturl()}{READY}: expected status 200 within {LONGEST_WAIT:g} s, got none")


def ask(connection: http.client.HTTPConnection, body: bytes) -> int:
    """Give the status of an answer, 0 for none; a kept connection may have gone stale, a new one may not."""
    while True:
        kept = connection.sock is not None
        try:
            connection.request("POST", MODEL, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            if not kept or isinstance(failure, TimeoutError):
                return 0
        else:
            return answer.status


def send(url: urllib.parse.SplitResult, due: "queue.Queue[bytes]", seen: "queue.SimpleQueue[Seen]") -> None:
    """Send what is due, one request after another, for as long as the process lives."""
    connection = http.client.HTTPConnection(str(url.hostname), url.port or 80, timeout=TIMEOUT)
    for number in itertools.count(1):
        body = due.get()
        began = time.monotonic()
        status = ask(connection, body)
        seen.put((status, time.monotonic() - began))
        if number % REQUESTS_PER_CONNECTION == 0:
            connection.close()


def describe(seen: list[Seen], seconds: float) -> str:
    """Write one line about those requests.

    >>> describe([(200, 0.004), (500, 0.002)], 1.0)
    '2 requests, 2.0/s, 1 failed (50.0%), median 3 ms, slowest 4 ms'
    """
    if not seen:
        return "0 requests answered"
    failed = sum(status != 200 for status, _ in seen)
    share = failed / len(seen)
    times = sorted(1000 * taken for _, taken in seen)
    return (
        f"{len(seen)} requests, {len(seen) / seconds:.1f}/s, {failed} failed ({share:.1%}), "
        f"median {statistics.median(times):.0f} ms, slowest {times[-1]:.0f} ms"
    )


def run(url: urllib.parse.SplitResult, rate: float, duration: float) -> None:
    """Send `rate` requests a second for `duration` seconds; fewer when all senders wait for answers."""
    due: queue.Queue[bytes] = queue.Queue(SENDERS)
    seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
    for _ in range(SENDERS):
        threading.Thread(target=send, args=(url, due, seen), daemon=True).start()
    requests = bodies(json.loads(ROWS.read_text()))
    began = told = now = time.monotonic()
    while now < began + duration:
        due.put(next(requests))
        time.sleep(max(0.0, now + 1 / rate - time.monotonic()))
        now = max(now + 1 / rate, time.monotonic() - 1 / rate)
        if now >= min(told + SECONDS_PER_LINE, began + duration):
            taken = [seen.get() for _ in range(seen.qsize())]
            print(time.strftime("%H:%M:%S"), describe(taken, now - told), flush=True)
            told = now
    print(f"the {duration:g} s are over")


def number(low: float, high: float, text: str) -> float:
    """Read a number between two bounds."""
    if not low <= float(text) <= high:
        raise argparse.ArgumentTypeError(f"expected between {low:g} and {high:g}, got {text}")
    return float(text)


def main() -> None:
    """Send until the time is over or a signal comes."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("url", type=urllib.parse.urlsplit, help="where the model server listens")
    parser.add_argument(
        "--rate",
        type=lambda it: number(0.1, MOST_PER_SECOND, it),
        default=20.0,
        help="requests a second (%(default)g)",
    )
    parser.add_argument(
        "--duration",
        type=lambda it: number(1, LONGEST, it),
        default=3600.0,
        help="seconds until it ends (%(default)g)",
    )
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    await_ready(wanted.url)
    run(wanted.url, wanted.rate, wanted.duration)


if __name__ == "__main__":
    main()
