"""Throughput, errors, latency, confidence, losses: of all pods together, through restarts."""

from collections.abc import Sequence

import pytest

from modelmonitor.plan import names, traffic
from modelmonitor.plan.traffic import requests
from modelmonitor.wire.loss import Loss
from promtool import pods
from promtool.pods import counted
from promtool.runner import MINUTE, Ask, Promtool, Simulation, counter

pytestmark = pytest.mark.promtool

BOUNDS = (0.01, 0.05, 0.1, 0.5)
FAST, SLOW = (900, 80, 15, 4, 1), (0, 10, 10, 60, 20)
"""Requests a minute in each bucket, on either pod: their quantiles have no mean that means anything."""
END = 12 * MINUTE


def restarting(growth: float) -> str:
    """A counter that began anew in between, and has counted since."""
    return f"{counter((8, growth), start=10**6)} {growth}+{growth}x12"


def buckets(pod: str, cells: Sequence[int]) -> dict[str, str]:
    return {
        counted("request_duration_seconds_bucket", pod, le=le): counter((20, sum(cells[: place + 1])))
        for place, le in enumerate((*map(str, BOUNDS), "+Inf"))
    }


def quantile(share: float) -> float:
    """The quantile of both pods' requests, linear within a bucket as Prometheus has it."""
    cells = [a + b for a, b in zip(FAST, SLOW, strict=True)]
    rank, low = share * sum(cells), 0.0
    for bound, rows in zip(BOUNDS, cells, strict=False):
        if rank <= rows:
            return low + (bound - low) * rank / rows
        rank, low = rank - rows, bound
    return BOUNDS[-1]


def busy() -> Simulation:
    series = pods.together(
        buckets("a", FAST),
        buckets("b", SLOW),
        {
            counted("requests_total", "a", code="2xx", outcome="ok"): restarting(950),
            counted("requests_total", "a", code="5xx", outcome="error"): counter((20, 40)),
            counted("requests_total", "b", code="2xx", outcome="ok"): counter((20, 90)),
            counted("requests_total", "b", code="none", outcome="timeout"): counter((20, 10)),
            counted("requests_total", "b", code="4xx", outcome="rejected"): counter((20, 7000)),
            counted("passthrough_requests_total"): counter((20, 5000)),
            counted("predictions_total", "a", class_="yes"): restarting(600),
            counted("predictions_total", "b", class_="no"): counter((20, 300)),
            counted("predictions_total", "b", class_="no", version="2"): counter((20, 60)),
            counted("prediction_confidence_total", "a", band="high"): counter((20, 300)),
            counted("prediction_confidence_total", "a", band="low"): counter((20, 60)),
            counted("prediction_confidence_total", "b", band="high"): counter((20, 600)),
            counted("batch_size_bucket", "a", le="1.0"): counter((20, 60)),
            counted("batch_size_bucket", "a", le="2.0"): counter((20, 60)),
            counted("batch_size_bucket", "b", le="1.0"): counter((20, 30)),
            counted("batch_size_bucket", "b", le="2.0"): counter((20, 40)),
            counted("batch_size_bucket", "a", le="+Inf"): counter((20, 60)),
            counted("batch_size_bucket", "b", le="+Inf"): counter((20, 40)),
            counted("events_dropped_total", "a", reason="queue_full"): counter((20, 240)),
            counted("events_dropped_total", "b", reason="store_full"): counter((20, 120)),
            counted("events_dropped_total", "b", reason="encoding"): counter((20, 0)),
        },
    )
    latency = {it: quantile(float(it)) for it in requests.QUANTILES}
    lost = {"queue_full": 240 / 1200, "store_full": 120 / 1200}
    asks = [
        *pods.told(END, names.THROUGHPUT, {"": 16}),
        *pods.told(END, names.REQUEST_RATE, {"": 1090 / 60}),
        *pods.told(END, names.ERROR_SHARE, {"": 50 / 1090}),
        *pods.told(END, names.LATENCY, latency, "quantile"),
        *pods.told(END, names.BATCH_ROWS, {"0.5": 1, "0.95": 2}, "quantile"),
        *pods.told(END, names.CONFIDENCE, {"high": 900 / 960, "low": 60 / 960}, "band"),
        *pods.told(END, names.LOST_SHARE, lost, "reason"),
    ]
    return Simulation(pods.held(traffic.groups(pods.scope(), pods.LINKS)), series, asks)


def test_counts_of_all_pods_are_merged_before_anything_is_divided(promtool: Promtool) -> None:
    assert promtool.run(busy()) == ""


MISTAKES = {
    "rejected requests count as the model's": (names.ERROR_SHARE, r',outcome!="rejected"', ""),
    "requests on other paths count": (names.REQUEST_RATE, "requests_total", "passthrough_requests_total"),
    "quantiles are averaged over pods": (
        names.LATENCY,
        r"histogram_quantile\((.*?), sum by \(le\) (\(rate.*?\)\)?)\) >= 0",
        r"avg(histogram_quantile(\1, sum by (pod, le) \2))",
    ),
    "errors are averaged over pods": (names.ERROR_SHARE, "sum ", "sum by (pod) "),
    "shares of confidence are of each pod": (
        names.CONFIDENCE,
        r"sum by \(band\) (.*) / on \(\) group_left \(\) \(sum (.*) > 0\)",
        r"avg by (band) (\1 / on (pod) group_left () (sum by (pod) \2 > 0))",
    ),
    "what was counted before it was lost is lost twice": (names.LOST_SHARE, r',reason!~"[a-z_|]*"', ""),
    "a request of one row has half a row": (names.BATCH_ROWS, r"ceil", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_records_is_noticed(mistake: str, promtool: Promtool) -> None:
    assert pods.dies(promtool, busy(), MISTAKES[mistake])


def test_without_requests_there_are_no_shares_and_no_quantiles(promtool: Promtool) -> None:
    series = {
        counted("predictions_total", class_="yes"): "5x20",
        counted("requests_total", code="2xx", outcome="ok"): "5x20",
        counted("requests_total", code="5xx", outcome="error"): "1x20",
        counted("request_duration_seconds_bucket", le="0.1"): "5x20",
        counted("request_duration_seconds_bucket", le="+Inf"): "6x20",
        counted("batch_size_bucket", le="1.0"): "5x20",
        counted("batch_size_bucket", le="+Inf"): "5x20",
        counted("prediction_confidence_total", band="high"): "5x20",
        counted("events_dropped_total", reason="queue_full"): "3x20",
    }
    every = (names.ERROR_SHARE, names.LATENCY, names.CONFIDENCE, names.BATCH_ROWS, names.LOST_SHARE)
    asks = [
        *pods.told(END, names.THROUGHPUT, {"": 0}),
        *pods.told(END, names.REQUEST_RATE, {"": 0}),
        *(Ask(record, END, {}) for record in every),
    ]
    assert promtool.run(Simulation(traffic.groups(pods.scope(), pods.LINKS), series, asks)) == ""


def test_without_evaluators_nothing_is_told(promtool: Promtool) -> None:
    everything = '{__name__=~"modelmonitor:.*|ALERTS"}'
    groups = traffic.groups(pods.scope(), pods.LINKS)
    simulation = Simulation(groups, {"other": "1x20"}, [Ask(everything, END, {})])
    assert promtool.run(simulation) == ""


def test_all_reasons_of_a_loss_are_known() -> None:
    """Those that the rules name are reasons; a new one counts as a prediction that was never counted."""
    assert set(requests.COUNTED_BEFORE_THEY_WERE_LOST) < {loss.value for loss in Loss}


def test_of_numbers_and_lists_no_confidence_is_told() -> None:
    rules = traffic.groups(pods.scope(model={"task": "Regression"}), pods.LINKS)[0].rules
    assert names.CONFIDENCE not in {getattr(rule, "record", "") for rule in rules}
