"""Counters of many schemes, one after the other: no count is lost, told twice, or taken back."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from evaluator.counters import worlds
from evaluator.counters.worlds import Totals, key, world
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.banks import GRACE_SECONDS, UNSEEN_SECONDS, Banks
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.loading import Loaded, State
from modelmonitor.evaluator.records import Cohort
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import METRIC_PREFIX
from modelmonitor.wire.scheme import Scheme, scheme

GONE = 86_400.0 + GRACE_SECONDS
"""How long counters of an older scheme stay."""
PROFILE = world(Task.BINARY).profile_hash
GAUGES = {"evaluator_info", "absolute_error_max", "reference_count", "reference_metric", "score_edge"}


def changed(
    task: Task, *, limits: tuple[float, ...] = (), reference: dict[str, Any] | None = None, **model: Any
) -> Scheme:
    """The world of that task with other latency thresholds, another reference, another model."""
    old = world(task)
    assert old.profile
    model_ = dataclasses.replace(old.config.model, **model)
    config = dataclasses.replace(old.config, model=model_, latency_thresholds=limits)
    return scheme(config, dataclasses.replace(old.profile, **(reference or {})))


def use(banks: Banks, scheme: Scheme, now: float) -> None:
    banks.use(scheme, Loaded(State.COUNTING, scheme), now)


def request(banks: Banks) -> None:
    """One good request of a millisecond."""
    exchange = Exchange("POST", "/", {}, b"", 200, {}, b"", Outcome.OK, 0.0, 0.001)
    banks.current.traffic.passed(exchange, predicts=True)


def cohort(of: Scheme, seed: int = 1) -> Cohort:
    """Ten predictions of a scheme, matured."""
    rng = np.random.default_rng(seed)
    records = worlds.Counters(of, "", "").predicted(worlds.rows(of.task, 10, rng))
    return worlds.cohort(of, records, rng)


def scraped(banks: Banks) -> Totals:
    found = totals_of(banks)
    banks.scraped()
    return found


def totals_of(banks: Banks) -> Totals:
    """What a scrape says, with the label `profile` where it is not that of the world."""
    text = exposition.render(banks.every(), openmetrics=False).decode()
    common = {("monitor", "churn"), ("version", "v1"), ("profile", PROFILE)}
    return {
        (sample.name.removeprefix(METRIC_PREFIX), frozenset(sample.labels.items() - common)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_series_that_came_back_does_not_fall_when_its_first_counters_are_forgotten() -> None:
    banks = Banks("v1")
    for start, limits in ((0.0, (0.1,)), (1.0, ()), (GONE, (0.1, 0.2))):
        use(banks, changed(Task.BINARY, limits=limits), start)
        request(banks)
    within = key("requests_within_total", threshold="0.1")
    before = scraped(banks)[within]
    banks.tidy(GONE + 0.5)
    assert len(banks.every()) == 3
    banks.tidy(GONE + 1.5)
    assert len(banks.every()) == 2
    assert scraped(banks)[within] == before == 2


def test_what_two_older_schemes_share_stays_until_both_are_forgotten() -> None:
    banks, first = Banks("v1"), changed(Task.BINARY)
    use(banks, first, 0.0)
    banks.matured(first, cohort(first), 0.0)
    use(banks, changed(Task.BINARY, limits=(0.1,)), 1.0)
    use(banks, changed(Task.BINARY, reference={"score_edges": (0.4,)}), 2.0)
    banks.matured(first, cohort(first), 3.0)
    before = scraped(banks)
    banks.tidy(GONE + 1.5)
    after = scraped(banks)
    assert len(banks.every()) == 2
    assert {it: after[it] for it in after if it[0] not in GAUGES} == {
        it: value for it, value in before.items() if it[0] not in GAUGES
    }


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_each_set_of_score_edges_is_told_with_its_own_buckets(task: Task) -> None:
    banks, old, new = Banks("v1"), changed(task), changed(task, thresholds=(0.4, 0.6))
    use(banks, old, 0.0)
    banks.matured(old, cohort(old), 0.0)
    before = scraped(banks)
    use(banks, new, 1.0)
    banks.matured(old, cohort(old), 1.0)
    banks.matured(new, cohort(new), 1.0)
    edges: dict[str, set[tuple[str, str]]] = {}
    buckets: dict[str, set[str]] = {}
    after = scraped(banks)
    for name, labels in after:
        own = dict(labels)
        if name == "score_edge":
            edges.setdefault(own["thresholds"], set()).add((own["below"], own["le"]))
        if name == "score_by_actual_bucket":
            buckets.setdefault(own["thresholds"], set()).add(own["le"])
    assert len(edges) == 2
    assert {name: {le for _, le in cells} for name, cells in edges.items()} == buckets
    for cells in edges.values():  # they follow each other, with no gap and no overlap
        assert {below for below, _ in cells} - {""} == {le for _, le in cells} - {"+Inf"}
    old_buckets = [it for it in before if it[0] == "score_by_actual_bucket"]
    assert {it: after[it] for it in old_buckets} == {it: 2 * before[it] for it in old_buckets}


def test_the_largest_error_outlives_a_new_config_until_it_was_told() -> None:
    banks, old = Banks("v1"), changed(Task.REGRESSION)
    use(banks, old, 0.0)

    def matured(of: Scheme, error: float) -> None:
        records = worlds.Counters(of, "", "").predicted(worlds.Rows(1, {}, [error]))
        banks.matured(of, Cohort(records, np.ones(1, np.bool_), np.zeros(1)), 0.0)

    matured(old, 7.0)
    use(banks, changed(Task.REGRESSION, limits=(0.3,)), 0.0)
    matured(changed(Task.REGRESSION, limits=(0.3,)), 2.0)
    told = key("absolute_error_max", segment="")
    assert scraped(banks)[told] == 7.0
    scraped(banks)
    assert scraped(banks).get(told) is None
    matured(changed(Task.REGRESSION, limits=(0.3,)), 1.0)
    matured(old, 9.0)
    assert scraped(banks)[told] == 9.0


@pytest.mark.parametrize("ends", ["scraped", "time"])
def test_series_of_another_replica_are_seen_at_0_before_they_count(ends: str) -> None:
    banks, mine, theirs = Banks("v1"), changed(Task.BINARY), changed(Task.BINARY, thresholds=(0.4,))
    use(banks, mine, 0.0)

    def shown() -> float:
        found = totals_of(banks)
        return sum(it for (name, own), it in found.items() if name == "score_by_actual_bucket"
                   and ("thresholds", "0.4,0.5") in own)  # fmt: skip

    banks.matured(theirs, cohort(theirs), 1.0)
    banks.tidy(2.0)
    assert [of.bank[families.SCORED][0] for of in banks.every()] == [0, 0]
    if ends == "scraped":
        banks.scraped()
    banks.tidy(3.0 if ends == "scraped" else 1.0 + UNSEEN_SECONDS)
    once = shown()
    assert once > 0
    banks.matured(theirs, cohort(theirs), 200.0)
    assert shown() == 2 * once


SCHEMES = [
    changed(Task.BINARY),
    changed(Task.BINARY, limits=(0.1,)),
    changed(Task.BINARY, limits=(0.1, 0.2), thresholds=(0.5, 0.6)),
    changed(Task.BINARY, reference={"score_edges": (0.4,)}),
]
STEPS = st.one_of(
    st.tuples(st.just("use"), st.integers(0, 3)),
    st.tuples(st.just("matured"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 130.0, GONE / 2, GONE])),
    st.tuples(st.just("scraped"), st.just(0)),
)


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=60)
def test_whatever_is_used_and_matures_no_counter_falls_and_none_is_lost(steps: list[tuple[str, Any]]) -> None:
    banks, now, seen = Banks("v1"), 0.0, Totals()
    use(banks, SCHEMES[0], now)
    requests = matured = 0
    for what, which in (*steps, ("wait", 130.0), ("scraped", 0)):
        if what == "use":
            use(banks, SCHEMES[which], now)
        elif what == "matured":
            banks.matured(SCHEMES[which], cohort(SCHEMES[which]), now)
            matured += 10
        elif what == "wait":
            now += which
            banks.tidy(now)
        request(banks)
        requests += 1
        found = scraped(banks)
        fallen = {it: (seen[it], found[it]) for it in seen.keys() & found.keys() if found[it] < seen[it]}
        assert {it: values for it, values in fallen.items() if it[0] not in GAUGES} == {}
        seen = found
    assert seen[key("requests_total", code="2xx", outcome="ok")] == requests
    assert seen[key("cohort_predictions_total")] == matured
