"""Callers of the model, and whoever learns later which customers have left; both know nothing of counting."""

import heapq
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field

from modelmonitor.client import Monitor
from trial import customers, server
from trial.customers import NUMBERS, Customer

REQUESTS_PER_SECOND = 100
MOST_ROWS = 4
"""Of a request."""
SOONEST, LATEST = 0.5, 3.0
"""Seconds until it is known whether a customer has left."""
UNKNOWN_FOR_EVER = 0.05
_SEED = 7


@dataclass
class Traffic:
    """Sends customers of the sample to a model, and labels to an evaluator; `run` is for a thread of its own.

    Parameters
    ----------
    port
        Of the model, as far as its callers know.
    evaluator
        Where labels go.
    """

    port: int
    evaluator: str
    risen: threading.Event = field(default_factory=threading.Event)
    """Set it to let prices rise."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set it to end requests; labels that are still to come are sent."""
    given_up: threading.Event = field(default_factory=threading.Event)
    """Set it, too, to end at once."""
    _labels: list[tuple[float, str, str]] = field(default_factory=list)
    _chance: random.Random = field(default_factory=lambda: random.Random(_SEED))  # noqa: S311

    def run(self) -> None:
        """Send requests in an even rhythm until it is over, then the labels that are still to come."""
        sample = customers.sample()
        model = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        truth = Monitor(self.evaluator)
        began = time.monotonic()
        number = 0
        while not self.over.wait(max(0.0, began + number / REQUESTS_PER_SECOND - time.monotonic())):
            self._ask(model, f"request-{number}", self._callers(sample))
            self._tell(truth)
            number += 1
        model.close()
        while self._labels and not self.given_up.wait(0.05):
            self._tell(truth)
        truth.flush(0.0 if self.given_up.is_set() else 5.0)

    def _callers(self, sample: list[Customer]) -> list[Customer]:
        found = self._chance.choices(sample, k=self._chance.randint(1, MOST_ROWS))
        if self.risen.is_set():
            return [customers.after_the_rise(one, self._chance) for one in found]
        return found

    def _ask(self, model: http.client.HTTPConnection, name: str, callers: list[Customer]) -> None:
        model.request("POST", server.INFER, question(name, callers), {"Content-Type": "application/json"})
        model.getresponse().read()
        for row, customer in enumerate(callers):
            if self._chance.random() >= UNKNOWN_FOR_EVER:
                known = time.monotonic() + self._chance.uniform(SOONEST, LATEST)
                prediction = f"{name}/{row}" if len(callers) > 1 else name
                heapq.heappush(self._labels, (known, prediction, "yes" if customer.churned else "no"))

    def _tell(self, truth: Monitor) -> None:
        """Send the labels that are known by now."""
        while self._labels and self._labels[0][0] <= time.monotonic():
            _, prediction, label = heapq.heappop(self._labels)
            truth.label(prediction, label)


def question(name: str, callers: list[Customer]) -> bytes:
    """Write a request of the Open Inference Protocol: a tensor for each feature."""
    tensors = [
        {
            "name": feature,
            "datatype": "FP64" if feature in NUMBERS else "BYTES",
            "shape": [len(callers), 1],
            "data": [customer.features[feature] for customer in callers],
        }
        for feature in customers.FEATURES
    ]
    return json.dumps({"id": name, "inputs": tensors}).encode()
