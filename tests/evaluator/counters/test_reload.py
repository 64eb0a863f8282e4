"""A new config counts on where its series are the old ones, and old records mature beside it."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from evaluator.counters import worlds
from evaluator.counters.worlds import key, totals, world
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme, scheme


def changed(old: Scheme, **model: Any) -> Scheme:
    """The same model with another config."""
    config = dataclasses.replace(old.config, model=dataclasses.replace(old.config.model, **model))
    return scheme(config, old.profile)


def counting(of: Scheme, seed: int = 1) -> Counters:
    """Counters that have seen some of everything."""
    rng = np.random.default_rng(seed)
    counters = Counters(of, "v1", "0.1.0")
    counters.matured(worlds.cohort(of, counters.predicted(worlds.rows(of.task, 100, rng)), rng))
    counters.traffic.read(100)
    return counters


@pytest.mark.parametrize("task", Task)
def test_what_means_the_same_goes_on_and_all_else_begins_at_0(task: Task) -> None:
    old = counting(world(task))
    before = totals(old)
    new = Counters(changed(world(task), segments=()), "v1", "0.1.0")
    new.adopt(old)
    after = totals(new)
    for series, value in after.items():
        if series[0] not in {"evaluator_info", "absolute_error_max"}:
            assert value == before[series], series
    assert not any("region=north" in value for series in after for _, value in series[1])


def test_buckets_with_other_edges_are_series_of_their_own_that_begin_at_0() -> None:
    old = counting(world(Task.BINARY))
    new = Counters(changed(world(Task.BINARY), thresholds=(0.6,)), "v1", "0.1.0")
    new.adopt(old)
    after = totals(new)
    buckets = {it: value for it, value in after.items() if it[0] == "score_by_actual_bucket"}
    assert set(buckets.values()) == {0}
    assert not buckets.keys() & totals(old).keys()
    assert after[key("scored_total", segment="")] > 0


@pytest.mark.parametrize("task", Task)
def test_old_and_new_together_say_what_one_would_have_said(task: Task) -> None:
    old, other = counting(world(task)), counting(world(task), seed=2)
    alone = totals(old), totals(other)
    new = Counters(changed(world(task), segments=()), "v1", "0.1.0")
    new.adopt(old)
    new.bank.take(other.bank)
    together = totals(new, old, other)
    for series, value in alone[0].items():
        if series[0] not in {
            "evaluator_info",
            "absolute_error_max",
            "reference_count",
            "reference_metric",
            "score_edge",
        }:
            assert together[series] == pytest.approx(value + alone[1][series]), series


def test_nothing_is_told_twice_and_the_info_is_that_of_the_first() -> None:
    old, new = counting(world(Task.BINARY)), counting(changed(world(Task.BINARY), thresholds=(0.6,)))
    text = exposition.render([new, old], openmetrics=True).decode()
    lines = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("# EOF")]
    assert len(set(lines)) == len(lines)
    (info,) = (line for line in lines if line.startswith("modelmonitor_evaluator_info"))
    assert new.scheme
    assert f'config="{new.scheme.config.hash}"' in info


def test_buckets_with_other_edges_are_told_side_by_side() -> None:
    old, new = counting(world(Task.BINARY)), counting(changed(world(Task.BINARY), thresholds=(0.6,)))
    alone, both = {**totals(old), **totals(new)}, totals(new, old)
    buckets = [series for series in both if series[0] == "score_by_actual_bucket"]
    assert {series: both[series] for series in buckets} == {series: alone[series] for series in buckets}
    assert len({dict(labels)["thresholds"] for _, labels in buckets}) == 2


def test_the_largest_error_is_that_of_the_last_two_windows() -> None:
    of = world(Task.REGRESSION)
    counters = Counters(of, "v1", "0.1.0")

    def told(*errors: float) -> float | None:
        values = np.array(errors)
        records = counters.predicted(worlds.Rows(len(values), {}, values))
        counters.matured(worlds.Cohort(records, np.ones(len(values), np.bool_), np.zeros(len(values))))
        return totals(counters).get(key("absolute_error_max", segment=""))

    assert [told(), told(5.0, 2.0), told(3.0), told(), told(), told(1.0)] == [None, 5.0, 5.0, 3.0, None, 1.0]
