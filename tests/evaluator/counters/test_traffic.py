"""Requests, as they are counted in passing."""

from collections.abc import Iterator
from typing import Any

import pytest

from evaluator.counters.worlds import key, totals, world
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.join.store import LabelOutcome
from modelmonitor.wire import families
from modelmonitor.wire.config import Capture, Mode, Protocol, Task
from modelmonitor.wire.loss import Loss


def exchange(**changes: Any) -> Exchange:
    """A good exchange with these changes."""
    usual: dict[str, Any] = {
        "method": "POST",
        "target": "/predict",
        "request_headers": {},
        "request_body": b"x" * 100,
        "status": 200,
        "response_headers": {},
        "response_body": b"{}",
        "outcome": Outcome.OK,
        "ended": 1_795_000_000.0,
        "seconds": 0.05,
    }
    return Exchange(**{**usual, **changes})


def passed(*exchanges: Exchange, predicts: bool = True) -> Counters:
    counters = Counters(world(Task.BINARY), "v1", "0.1.0")
    for one in exchanges:
        counters.traffic.passed(one, predicts=predicts)
    return counters


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (200, Outcome.OK, "2xx"),
        (404, Outcome.REJECTED, "4xx"),
        (503, Outcome.ERROR, "5xx"),
        (504, Outcome.TIMEOUT, "5xx"),
        (0, Outcome.ERROR, "none"),
        (200, Outcome.ERROR, "2xx"),
        (101, Outcome.OK, "1xx"),
        (999, Outcome.ERROR, "5xx"),
        (-1, Outcome.ERROR, "none"),
    ],
)
def test_a_request_counts_once_by_code_and_outcome(status: int, outcome: Outcome, code: str) -> None:
    found = totals(passed(exchange(status=status, outcome=outcome)))
    assert {it: value for it, value in found.items() if it[0] == "requests_total" and value} == {
        key("requests_total", code=code, outcome=outcome.value): 1
    }


def test_other_paths_are_counted_and_nothing_more() -> None:
    found = totals(passed(exchange(), exchange(status=500), predicts=False))
    assert found[key("passthrough_requests_total")] == 2
    assert found[key("request_duration_seconds_count")] == 0


def test_durations_and_sizes_fall_into_cumulative_buckets() -> None:
    counters = passed(
        exchange(seconds=0.05), exchange(seconds=0.0501), exchange(seconds=99), exchange(seconds=-1)
    )
    for _ in range(2):  # telling it twice counts nothing twice
        found = totals(counters)
    cells = {
        le: found[key("request_duration_seconds_bucket", le=le)]
        for le in ("0.001", "0.05", "0.06", "60.0", "+Inf")
    }
    assert cells == {"0.001": 1, "0.05": 2, "0.06": 3, "60.0": 3, "+Inf": 4}
    assert found[key("request_duration_seconds_count")] == 4
    assert found[key("request_duration_seconds_sum")] == pytest.approx(99.1001)
    assert found[key("request_bytes_sum")] == 400


def test_a_body_that_was_not_copied_has_the_size_that_its_header_tells() -> None:
    headers = ({b"content-length": b"5000"}, {b"content-length": b"many"}, {})
    found = totals(passed(*(exchange(request_body=None, request_headers=it) for it in headers)))
    assert found[key("request_bytes_count")] == 1
    assert found[key("request_bytes_sum")] == 5000


def test_only_good_answers_and_timeouts_are_held_against_latency_thresholds() -> None:
    found = totals(
        passed(
            exchange(seconds=0.05),
            exchange(seconds=0.08),
            exchange(seconds=5),
            exchange(seconds=0.001, status=500, outcome=Outcome.ERROR),
            exchange(seconds=0.001, status=400, outcome=Outcome.REJECTED),
            exchange(seconds=0.01, status=0, outcome=Outcome.TIMEOUT),
        )
    )
    assert [found[key("requests_within_total", threshold=it)] for it in ("0.05", "0.1")] == [1, 2]
    assert [found[key("requests_timed_total", threshold=it)] for it in ("0.05", "0.1")] == [4, 4]


def test_without_a_scheme_requests_are_counted_and_nothing_else_is_exposed() -> None:
    counters = Counters(None, "v1", "0.1.0")
    counters.traffic.passed(exchange(), predicts=True)
    counters.lost(Loss.UNCONFIGURED)
    counters.labelled("unknown")
    counters.lag([1.0])
    counters.traffic.read(3)
    counters.store_failed()
    counters.gauge(families.PENDING, 3)
    found = totals(counters)
    assert found[key("requests_total", code="2xx", outcome="ok")] == 1
    assert found[key("events_dropped_total", reason="unconfigured")] == 1
    assert found[key("evaluator_info", config="", state="unconfigured", release="0.1.0")] == 1
    assert not {
        name for name, _ in found if name.startswith(("labels", "label_lag", "batch", "store", "pending"))
    }


def test_a_refused_config_still_names_the_monitor_and_its_latency_thresholds() -> None:
    refused = world(Task.BINARY).config
    counters = Counters(None, "v1", "0.1.0", "over_budget", refused)
    counters.traffic.passed(exchange(), predicts=True)
    found = totals(counters)
    assert found[key("requests_within_total", threshold="0.05")] == 1
    assert found[key("evaluator_info", config=refused.hash, state="over_budget", release="0.1.0")] == 1


def test_whether_the_model_is_up_is_only_told_where_requests_pass_here_and_once_it_is_known() -> None:
    through = Counters(world(Task.BINARY), "v1", "0.1.0")
    beside = Counters(
        world(Task.BINARY, capture=Capture(mode=Mode.SDK, protocol=Protocol.JSON)), "v1", "0.1.0"
    )
    assert key("model_up") not in totals(through)
    for counters in (through, beside):
        counters.gauge(families.MODEL_UP, 1)
    assert totals(through)[key("model_up")] == 1
    assert key("model_up") not in totals(beside)


def test_labels_lag_and_batches_are_counted() -> None:
    counters = Counters(world(Task.BINARY), "v1", "0.1.0")
    for outcome in LabelOutcome:
        counters.labelled(outcome.value, 2)
    counters.lag([0.5, 10.0, 4000.0, -3.0])
    counters.traffic.read(1)
    counters.traffic.read(1000)
    found = totals(counters)
    assert {value for (name, _), value in found.items() if name == "labels_total"} == {2}
    assert [found[key("label_lag_seconds_bucket", le=le)] for le in ("1.0", "10.0", "3600.0", "+Inf")] == [
        2,
        3,
        3,
        4,
    ]
    assert found[key("label_lag_seconds_sum")] == 4010.5
    assert [found[key("batch_size_bucket", le=le)] for le in ("1.0", "512.0", "1024.0")] == [1, 1, 2]
    assert found[key("batch_size_sum")] == 1001


def test_every_loss_has_a_series() -> None:
    counters = Counters(None, "v1", "0.1.0")
    for number, loss in enumerate(Loss, 1):
        counters.lost(loss, number)
    assert list(_dropped(totals(counters))) == list(range(1, len(Loss) + 1))


def _dropped(found: Any) -> Iterator[float]:
    return (found[key("events_dropped_total", reason=loss.value)] for loss in Loss)
