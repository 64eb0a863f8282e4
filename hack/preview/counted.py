"""What real evaluators would have counted of a made-up model: two pods, one of them with a new version.

Customers are those of the guide's sample. From some hours before the end on, callers send other charges, and
leave out calls; the new version scores one plan badly.
"""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from math import pi, sin
from typing import Any

import numpy as np

import sample
from modelmonitor import __version__
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.server import Server
from modelmonitor.cli.backtesting.storing import Storing
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.records import Cohort, Records
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire import families
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MATURITY = 2 * HOUR
COARSE = 5
"""Minutes between scrapes of what is counted by value; what passes through is scraped every minute."""
_QUICK = frozenset(
    {
        *(families.REQUESTS, families.DURATION, families.BATCH_SIZE, families.PREDICTIONS),
        *(families.CONFIDENCE, families.DROPPED, families.MODEL_UP, families.INFO, families.PENDING),
        *(families.QUEUE_BYTES, families.QUEUE_LIMIT),
    }
)
_SLOW = frozenset(families.FAMILIES) - _QUICK
_NEW_SINCE, _CHARGES_SINCE, _CALLS_SINCE = 40, 26, 3
"""Hours before the end."""
_POOL = 20_000
_COLUMNS = ("age", "tenure", "plan", "monthly_charges", "support_calls", "sex")


def record(server: Server, scheme: Scheme, start: int, end: int) -> None:
    """Write what Prometheus would have scraped of both pods from start to end, in seconds."""
    pods = (_Pod(scheme, "churn-7d4f-x2x", "7d4f"), _Pod(scheme, "churn-9b1c-k8q", "9b1c"))
    stores = [
        (Storing(server, Scrape.of(pod.counters, pod.target, without=without)), every)
        for pod in pods
        for without, every in ((_SLOW, 1), (_QUICK, COARSE))
    ]
    chance = np.random.default_rng(20261126)
    for moment in range(start, end + 1, MINUTE):
        left = (end - moment) / HOUR
        share = 0.2 if left < _NEW_SINCE else 0.0
        for pod, part in zip(pods, (1 - share, share), strict=True):
            pod.live(chance, moment, left, part)
        for store, every in stores:
            if moment // MINUTE % every == 0:
                store.take(moment * 1000)
        for pod in pods:
            pod.counters.scraped()
    for store, _ in stores:
        store.flush()


@cache
def _pool() -> dict[str, Any]:
    """Return customers by column."""
    rows = list(sample.customers(random.Random(7), _POOL))  # noqa: S311 - a sample
    names = ("id", *_COLUMNS, "score", "predicted", "churned")
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    numbers = ("age", "tenure", "monthly_charges", "support_calls", "score")
    found = {name: np.array(columns[name], dtype=object) for name in names}
    for name in numbers:
        found[name] = np.array([float(it) if it != "" else np.nan for it in columns[name]])
    return found


@dataclass
class _Pod:
    scheme: Scheme
    name: str
    version: str
    counters: Counters = field(init=False)
    _waiting: deque[tuple[int, Records, Any]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.counters = Counters(self.scheme, self.version, __version__)
        for family, value in ((families.MODEL_UP, 1.0), (families.QUEUE_LIMIT, 64e6)):
            self.counters.gauge(family, value)

    @property
    def target(self) -> dict[str, str]:
        return {"namespace": self.scheme.config.namespace, "pod": self.name}

    def live(self, chance: np.random.Generator, moment: int, left: float, share: float) -> None:
        """Let a minute pass: predictions come, and others mature."""
        rhythm = 1 + 0.6 * sin(2 * pi * (moment % DAY - 8 * HOUR) / DAY)
        rows = chance.poisson(110 * rhythm * share)
        if rows:
            self._predict(chance, moment, left, rows)
            self._pass(chance, rows, left)
        self.counters.gauge(families.QUEUE_BYTES, 3e5 * rhythm * share * chance.random())
        if moment // MINUTE % COARSE == 0:
            self._mature(chance, moment)
        self.counters.traffic.fold()

    def _predict(self, chance: np.random.Generator, moment: int, left: float, rows: int) -> None:
        pool = _pool()
        chosen = chance.integers(0, _POOL, rows)
        features = {name: pool[name][chosen] for name in _COLUMNS}
        scores = pool["score"][chosen].copy()
        if left < _CHARGES_SINCE:
            features["monthly_charges"] = features["monthly_charges"] * 1.35
            scores = np.clip(scores * 1.15, 0, 1)
        if left < _CALLS_SINCE:
            features["support_calls"] = np.where(
                chance.random(rows) < 0.06, np.nan, features["support_calls"]
            )
        if self.version == "9b1c":
            confused = features["plan"] == "premium"
            scores = np.where(confused, chance.random(rows), scores)
        predicted = np.where(scores >= 0.5, "yes", "no").astype(object)
        batch = Rows(rows, features, predicted, scores, time=float(moment))
        self._waiting.append((moment, self.counters.predicted(batch), pool["churned"][chosen]))

    def _pass(self, chance: np.random.Generator, rows: int, left: float) -> None:
        slow = 2.2 if 3.2 < left < 4.4 else 1.0
        while rows > 0:
            size = min(int(chance.geometric(0.2)), rows)
            rows -= size
            failed = chance.random() < (0.03 if 3.2 < left < 3.6 else 0.0004)
            seconds = slow * float(chance.lognormal(-3.7, 0.5)) * (1.2 if self.version == "9b1c" else 1.0)
            status, outcome = (503, Outcome.ERROR) if failed else (200, Outcome.OK)
            exchange = Exchange("POST", "/v2/infer", {}, None, status, {}, None, outcome, 0.0, seconds)
            self.counters.traffic.passed(exchange, predicts=True)
            self.counters.traffic.read(size)
            if 3.2 < left < 3.6 and chance.random() < 0.02:
                self.counters.lost(Loss.QUEUE_FULL)
            elif chance.random() < 0.0005:
                self.counters.lost(Loss.MALFORMED)

    def _mature(self, chance: np.random.Generator, moment: int) -> None:
        ripe = []
        while self._waiting and self._waiting[0][0] <= moment - MATURITY:
            ripe.append(self._waiting.popleft()[1:])
        self.counters.gauge(families.PENDING, float(sum(len(it[1]) for it in self._waiting)))
        if not ripe:
            return
        records, truth = (np.concatenate(part) for part in zip(*ripe, strict=True))
        told = chance.random(len(records)) < 0.93
        actual = np.where(told, truth == self.scheme.classes[1], np.nan)
        self.counters.matured(Cohort(records, told, actual))
        labels = int(told.sum())
        self.counters.labelled("joined", labels)
        self.counters.labelled("duplicate", int(chance.poisson(0.02 * labels)))
        self.counters.labelled("late", int(chance.poisson(0.01 * labels)))
        self.counters.lag(chance.gamma(2.0, 900.0, labels).clip(max=MATURITY))


def others(times: "np.ndarray[Any, np.dtype[np.int64]]", end: int) -> Iterator[tuple[dict[str, str], Any]]:
    """Yield series that others expose: what pods use, and what the business earns."""
    left = (end - times) / HOUR
    wave = np.sin(2 * pi * (times % DAY) / DAY)
    for pod, load, share in (("churn-7d4f-x2x", 0.55, 1.0), ("churn-9b1c-k8q", 0.3, 0.6)):
        own = {"namespace": "ml", "pod": pod}
        container = {**own, "container": "model"}
        used = load + 0.15 * wave + 0.1 * (left < 1.0)
        yield {"__name__": "container_cpu_usage_seconds_total", **container}, np.cumsum(used * MINUTE)
        yield {"__name__": "container_memory_working_set_bytes", **container}, share * (1.1e9 + 1e8 * wave)
        for resource, limit in (("cpu", 1.0), ("memory", 2e9)):
            name = {"__name__": "kube_pod_container_resource_limits", **container, "resource": resource}
            yield name, np.full(times.shape, limit)
        device = {**own, "UUID": f"GPU-{pod[-3:]}"}
        yield {"__name__": "DCGM_FI_DEV_GPU_UTIL", **device}, 100 * share * (0.5 + 0.2 * wave)
        yield {"__name__": "DCGM_FI_DEV_FB_USED", **device}, np.full(times.shape, 10_000.0 * share)
        yield {"__name__": "DCGM_FI_DEV_FB_FREE", **device}, np.full(times.shape, 16_000.0 - 10_000.0 * share)
    shop = {"job": "shop"}
    dip = np.where(left < _NEW_SINCE, 0.6, 0.0)
    yield {"__name__": "revenue_per_customer", **shop}, 41.5 + 0.8 * np.sin(times / 190_000) - dip
    yield {"__name__": "calls_per_customer", **shop}, 1.3 + 0.04 * np.sin(times / 150_000) + dip / 10
