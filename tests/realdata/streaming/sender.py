"""Callers of a model, several at once over connections that stay open; and senders of labels."""

import http.client
import json
import threading
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from realdata.streaming.protocols import Request

CALLERS = 3
"""Of each evaluator at the same time."""
PATIENCE = 60.0


def predict(work: Mapping[int, Sequence[Request]]) -> None:
    """Send requests to the proxies at these ports, all at once; each must get the model's own answer."""
    queues = {port: _Queue(requests) for port, requests in work.items()}
    with ThreadPoolExecutor(CALLERS * len(work)) as pool:
        calls = [pool.submit(_call, port, queue) for port, queue in queues.items() for _ in range(CALLERS)]
        for call in calls:
            call.result()


def label(port: int, items: Sequence[Mapping[str, Any]], *, lines: bool = False) -> Counter[str]:
    """Send labels as one body, a JSON list or a JSON object a line; return what became of them."""
    if lines:
        return _labelled(
            port, "POST", "/v1/labels", "\n".join(map(json.dumps, items)), "application/x-ndjson"
        )
    return _labelled(port, "POST", "/v1/labels", json.dumps(list(items)), "application/json")


def label_one(port: int, id_: str, actual: object) -> Counter[str]:
    """Send one label to its own address."""
    return _labelled(port, "PUT", f"/v1/labels/{id_}", json.dumps(actual), "application/json")


def taken_in(port: int) -> bool:
    """Say whether all predictions that were counted wait for their labels by now."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/v1/labels", "[]")
        return connection.getresponse().status == 200


class _Queue:
    """Requests that several threads share."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = iter(requests)
        self._turn = threading.Lock()

    def __iter__(self) -> Iterator[Request]:
        while True:
            with self._turn:
                request = next(self._requests, None)
            if request is None:
                return
            yield request


def _call(port: int, requests: _Queue) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        for request in requests:
            connection.request("POST", request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (answer.status, body)
            assert answer.headers["x-body"] == str(zlib.crc32(request.body)), "the body came changed"
            assert json.loads(body)


def _labelled(port: int, method: str, path: str, body: str, kind: str) -> Counter[str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(method, path, body.encode(), {"content-type": kind})
        answer = connection.getresponse()
        document = json.loads(answer.read())
    assert answer.status in (200, 404), (answer.status, document)
    return Counter(document["counts"])
