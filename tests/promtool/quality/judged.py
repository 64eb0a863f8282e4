"""Evaluators of two replicas and two versions that judge random predictions.

Class names and segments hold what breaks careless rules: quotes, backslashes, newlines, brackets.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from evaluator.counters import worlds
from modelmonitor import api
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.records import Cohort, Records
from modelmonitor.evaluator.rows import Rows
from modelmonitor.plan import promql
from modelmonitor.plan.quality import recorded
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Profile
from monitors import monitor

Json = dict[str, Any]
Pod = tuple[str, str]
"""Version of its model, and which of the replicas it is."""
NO, YES = 'no "really"\\', "yes\n✓ {a=1}"
NAMES = {Task.BINARY: (NO, YES), Task.MULTICLASS: ("a", 'b "b"\nb', "c|.*")}
UNDECLARED = "d"
VERSIONS, REPLICAS = ("v1", "v2"), ("a", "b")
EDGES = (0.1, 0.2, 0.35, 0.6, 0.8, 0.95)
JUDGED = {
    one.name for task in Task for one in (*recorded.FAMILIES[task], families.SCORE_EDGE, families.PREDICTIONS)
}
GAUGES = {families.SCORE_EDGE.name, families.ABSOLUTE_ERROR_MAX.name}


@dataclass(frozen=True)
class World:
    """A monitor, and what its evaluators have judged."""

    task: Task
    seed: int = 1
    rows: int = 300
    window: str = "1h"
    segments: bool = True
    fate: str = "mixed"
    """`mixed`, `silent` (no label came) or `same` (all of one class or value, nothing relevant)."""

    of: Scope | None = None
    """Of another monitor than that of all tests."""

    @cached_property
    def scope(self) -> Scope:
        return self.of or scope(self.task, self.window, segments=self.segments)

    @cached_property
    def banks(self) -> dict[Pod, Counters]:
        """Counters by version and replica."""
        return self._fed[0]

    @cached_property
    def by_version(self) -> dict[str, Counters]:
        """Counters that have seen all rows of a version."""
        return self._fed[1]

    @cached_property
    def merged(self) -> Counters:
        """Counters that have seen all rows."""
        return self._fed[2]

    @cached_property
    def _fed(self) -> tuple[dict[Pod, Counters], dict[str, Counters], Counters]:
        rng, made = np.random.default_rng(self.seed), itertools.product(VERSIONS, REPLICAS)
        banks = {pod: Counters(self.scope.scheme, pod[0], "0.1.0") for pod in made}
        versions = {version: Counters(self.scope.scheme, version, "0.1.0") for version in VERSIONS}
        merged = Counters(self.scope.scheme, "all", "0.1.0")
        for number, ((version, _), bank) in enumerate(banks.items()):
            records = bank.predicted(predictions(self.task, self.rows * (1 + number), rng))
            cohort = truth(self.scope, records, rng, self.fate)
            for one in (bank, versions[version], merged):
                one.matured(cohort)
        return banks, versions, merged

    def series(self, write: Callable[[Pod, float], str]) -> Iterator[tuple[str, str]]:
        """Yield the counters of all pods and how their values come about; gauges are there from the start."""
        for (version, replica), bank in self.banks.items():
            for name, labels, value, is_gauge in scraped(bank):
                own = {**labels, "namespace": "default", "pod": f"{version}-{replica}"}
                text = f"{value!r}x600" if is_gauge else write((version, replica), value)
                yield promql.selector(name, own), text


def scope(task: Task, window: str = "1h", *, segments: bool = True, cuts: int = 2, **spec: Any) -> Scope:
    """Hold a monitor of that task against its reference; scraped every minute."""
    thresholds = [0.2, 0.6, *(number / 100 for number in range(1, cuts - 1))]
    model: Json = {"task": str(task), "thresholds": thresholds, "rankingDepths": [3, 1, *range(4, 2 + cuts)]}
    if classes := NAMES.get(task):
        model |= {"classes": list(classes), "positiveClass": YES if task is Task.BINARY else classes[0]}
    if segments:
        model |= {"segments": ["region"]}
    asked: Json = {"degradation": {"window": window}, "prometheus": {"scrapeInterval": "1m"}}
    body = monitor(**({"model": model} | asked | spec))
    return Scope.of(api.parse(body), reference(task))


def reference(task: Task) -> Profile:
    """Give the reference of a task, with names of ours."""
    known = worlds.reference(task)
    prediction = known.prediction
    if prediction and task in NAMES:
        prediction = dataclasses.replace(prediction, categories=NAMES[task])
    return dataclasses.replace(
        known,
        prediction=prediction,
        classes=NAMES.get(task, ()),
        score_edges=EDGES if task in NAMES else (),
    )


def predictions(task: Task, count: int, rng: np.random.Generator) -> Rows:
    """Predict: sometimes nothing, or an undeclared class."""
    rows = worlds.rows(task, count, rng)
    if task is Task.BINARY:
        rows.scores = np.round(rng.beta(1, 2, count), 2).tolist()  # thresholds are hit exactly
        rows.predictions = [YES if score >= 0.5 else NO for score in rows.scores]
    elif task is Task.MULTICLASS:
        rows.scores = rng.dirichlet((1, 1, 1), count).round(2).tolist()
        rows.predictions = [NAMES[task][int(np.argmax(row))] for row in rows.scores]
    elif task is Task.REGRESSION:
        rows.predictions = rng.normal(15, 4, count).tolist()
    if task in NAMES:
        for place in rng.integers(0, count, count // 10):
            rows.predictions[place] = rng.choice([UNDECLARED, *NAMES[task]])
        for place in rng.integers(0, count, count // 20):
            rows.scores[place] = None
    return rows


def truth(scope: Scope, records: Records, rng: np.random.Generator, fate: str = "mixed") -> Cohort:
    """Say what came true: in part what was foretold, in part undeclared, in part nothing."""
    count, task = len(records), scope.scheme.task
    cohort = worlds.cohort(scope.scheme, records, rng)
    actual = cohort.actual.copy()
    if task in NAMES:
        actual = np.where(
            rng.random(count) < 0.6, records["predicted"], rng.integers(0, len(NAMES[task]) + 1, count)
        )
        actual = actual.astype(np.float64)
    elif task is Task.REGRESSION:
        actual = records["value"] + rng.normal(1, 3, count)
        actual[rng.random(count) < 0.05] = 0.0
    if fate == "same":
        actual[:] = {Task.REGRESSION: 7.0, Task.RANKING: 0.0}.get(task, 1.0)
    unlabelled = np.isnan(cohort.actual) | (fate == "silent")
    return dataclasses.replace(cohort, actual=np.where(unlabelled, np.nan, actual))


def scraped(bank: Counters) -> Iterator[tuple[str, Mapping[str, str], float, bool]]:
    """Yield what a scrape says of quality: name, labels, value, and whether that is a gauge."""
    text = exposition.render([bank], openmetrics=False).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removesuffix("_bucket")
            if name in JUDGED and not math.isnan(sample.value):
                yield sample.name, sample.labels, sample.value, name in GAUGES
