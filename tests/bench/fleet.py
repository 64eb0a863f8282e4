"""Many monitors alike, the example of the API with all that it can ask for, and what their evaluators expose.

Real counters of one evaluator are the pattern: others differ in the names of monitor and pod only. What they
counted grows with a traffic that is the same for all.
"""

import http.server
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import example
import numpy as np
from example import PATTERN, ROWS, SCRAPE

from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Floats, Series
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.records import Cohort
from modelmonitor.evaluator.rows import Rows
from modelmonitor.plan import Plan, evaluation
from modelmonitor.plan.rules import Group
from modelmonitor.wire import families
from modelmonitor.wire.families import FAMILIES, Kind

JOB = f"{example.NAMESPACE}/{PATTERN}"
REQUESTS = 200
HISTORY, TIMES = Duration.parse("3d"), 12
"""How long an evaluator has counted, and how many times as much as so many rows and requests."""
MARGIN, TWO_HOURS = Duration.parse("10m"), Duration.parse("2h")
"""What is read for a moment only is in memory for two hours all the same."""
_RANGE = re.compile(r"([a-zA-Z_:][\w:]*)\{[^}]*\}\[(\w+)\](?: offset (\w+))?")
_GAUGES = frozenset(one.name for one in FAMILIES if one.kind is Kind.GAUGE)


@dataclass(frozen=True)
class Fleet:
    """So many monitors of so many features, each with so many replicas of its model."""

    monitors: int
    features: int
    replicas: int

    @cached_property
    def plan(self) -> Plan:
        """The plan of the pattern."""
        return plan.plan(api.parse(example.document(self.features)), None, example.reference(self.features))

    @property
    def in_order(self) -> list[Group]:
        """The groups of the pattern, each after those whose records it reads: objectives last."""
        parts = sorted(self.plan.parts, key=lambda it: it == "slo")
        return [one for part in parts for groups in self.plan.parts[part].values() for one in groups]

    @property
    def names(self) -> list[str]:
        """The names of all monitors."""
        return [f"model-{number:04}" for number in range(self.monitors)]

    @property
    def rules(self) -> int:
        """How many rules a monitor has."""
        return sum(len(one.rules) for one in self.plan.groups)

    @property
    def bytes(self) -> int:
        """The bytes of a monitor's objects of rules."""
        rules = (it for it in self.plan.manifests if it["kind"] == "PrometheusRule")
        return sum(len(json.dumps(one)) for one in rules)

    def named(self, text: Any, name: str) -> Any:
        """Say of a monitor what was said of the pattern, in a text or in labels; names are equally long."""
        if isinstance(text, str):
            return text.replace(PATTERN, name)
        return {label: it.replace(PATTERN, name) for label, it in text.items()}

    def counted(self, end: int) -> Iterator[Series]:
        """Yield what the pods of the pattern have counted up to a moment, as far back as rules read."""
        for pod in self.pods:
            yield from pod.history(self.reach, end)

    @property
    def targets(self) -> dict[str, list[Mapping[str, str]]]:
        """The labels of the pattern's pods by their job."""
        return {JOB: [{key: it for key, it in pod.labels.items() if key != "job"} for pod in self.pods]}

    @cached_property
    def pods(self) -> list["Pod"]:
        """The pods of the pattern."""
        return [Pod.of(self.features, replica) for replica in range(self.replicas)]

    @cached_property
    def reach(self) -> dict[str, Duration]:
        """How far back the rules read each series that they read over a range."""
        found: dict[str, Duration] = {}
        for group in self.plan.groups:
            for rule in group.rules:
                for name, length, offset in _RANGE.findall(rule.expr):
                    back = Duration.parse(length).milliseconds
                    back += Duration.parse(offset).milliseconds if offset else 0
                    found[name] = max(found.get(name, Duration(0)), Duration(back))
        return found


@dataclass(frozen=True)
class Pod:
    """What one evaluator of the pattern exposes: text before each number, and the numbers."""

    labels: Mapping[str, str]
    scrape: Scrape
    heads: Sequence[str]
    values: Floats

    @classmethod
    def of(cls, features: int, replica: int) -> "Pod":
        """Count predictions, requests and their truth."""
        pod = {"pod": f"{PATTERN}-{replica}", "instance": f"10.0.0.{replica}:9464"}
        target = {"namespace": example.NAMESPACE, "job": JOB, **pod}
        counters = _busy(features, replica)
        heads = [head for block in counters.bank.blocks.values() for head in block.heads]
        scrape = Scrape.of(counters, target, without=frozenset())
        known = ~np.isnan(scrape.values())
        kept = np.flatnonzero(known)
        scrape = Scrape(tuple(scrape.labels[at] for at in kept), (), np.zeros(0, np.intp))
        own = [labels["__name__"] in _GAUGES for labels in scrape.labels]
        values = _numbers(counters, known) * np.where(own, 1, TIMES)
        return cls(target, scrape, [heads[at] for at in kept], values)

    @cached_property
    def grows(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which of the numbers grow with traffic."""
        return np.array([labels["__name__"] not in _GAUGES for labels in self.scrape.labels])

    def at(self, share: float) -> Floats:
        """Return the numbers after a share of the history; counts are whole."""
        grown = self.values * share
        whole = np.where(self.values == np.floor(self.values), np.floor(grown), grown)
        return np.where(self.grows, whole, self.values)

    def text(self, share: float) -> str:
        """Write a scrape."""
        pairs = zip(self.heads, self.at(share).tolist(), strict=True)
        return "\n".join(f"{head}{value!r}" for head, value in pairs) + "\n"

    def history(self, reach: Mapping[str, Duration], end: int) -> Iterator[Series]:
        """Yield the past of each series, as far back as rules read."""
        step = Duration.parse(SCRAPE).milliseconds
        for labels, value, grows in zip(self.scrape.labels, self.values, self.grows, strict=True):
            back = reach.get(labels["__name__"], TWO_HOURS).milliseconds + MARGIN.milliseconds
            times = np.arange(end - back, end + 1, step, dtype=np.int64)
            share = 1 + (times - end) / HISTORY.milliseconds
            found = np.floor(value * np.maximum(share, 0)) if grows else np.full(times.size, value)
            yield Series(remotewrite.series_head(labels), times, found)


def _numbers(counters: Counters, known: Any) -> Floats:
    return Scrape.of(counters, {}, without=frozenset()).values()[known]


def _busy(features: int, replica: int) -> Counters:
    """Count what a model of ordinary quality does."""
    rng = np.random.default_rng(replica)
    parsed = api.parse(example.document(features))
    counters = Counters(evaluation.evaluated(parsed, example.reference(features)), "6f9c8d7b4", "0.1.0")
    score = rng.beta(2, 2, ROWS)
    columns: dict[str, Any] = {}
    for at in range(features):
        texts = [f"category-{it}" for it in rng.integers(0, example.CATEGORIES, ROWS)]
        columns[f"f{at}"] = texts if example.is_categorical(at) else rng.random(ROWS)
    columns["plan"] = rng.choice(["basic", "gold", "team"], ROWS).tolist()
    columns["sex"] = rng.choice(["f", "m"], ROWS).tolist()
    predicted = np.where(score >= 0.5, "yes", "no").tolist()
    ids = [f"id-{at}" for at in range(ROWS)]
    records = counters.predicted(Rows(ROWS, columns, predicted, score, ids, 1.8e9))
    actual = (rng.random(ROWS) < score).astype(np.float64)
    counters.matured(Cohort(records, np.ones(ROWS, np.bool_), actual))
    for took in rng.gamma(2, 0.02, REQUESTS):
        exchange = Exchange("POST", "/", {}, b"{}", 200, {}, b"{}", Outcome.OK, 0.0, float(took))
        counters.traffic.passed(exchange, predicts=True)
    counters.traffic.fold()
    counters.gauge(families.MODEL_UP, 1.0)
    return counters


@contextmanager
def exposed(fleet: Fleet) -> Iterator[int]:
    """Serve `/<monitor>/<replica>` of all monitors; yield the port."""
    began, step = time.time(), Duration.parse(SCRAPE).seconds
    written: dict[tuple[int, int], str] = {}

    class Port(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _, name, replica = self.path.split("/")
            since = int((time.time() - began) // float(step)) + 1
            key = (int(replica), since)
            if key not in written:
                share = 1 + since * float(step) / float(HISTORY.seconds)
                written[key] = fleet.pods[key[0]].text(share)
            body = fleet.named(written[key], name).encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Port) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
