"""The quickest page, in every form that an objective can have, fires and ends when the closed form says."""

from collections.abc import Callable
from fractions import Fraction

from modelmonitor import api, plan
from modelmonitor.plan import oracle
from modelmonitor.plan.oracle import Counting, Outage
from promtool.runner import MINUTE, Json, Simulation, counter, gauge
from promtool.worlds import RATE, Rules, burning, events, page

CLEAN = 63
"""Minutes of clean history: three more than the long window of the quickest pair."""


def fires_on_time(
    make: Rules, body: Json, counting: Counting, write: Callable[..., dict[str, str]]
) -> Simulation:
    """The page fires and ends when the closed form says, whatever the form of the queries is."""
    slo = plan.objectives(api.parse(body))[0]
    quick = slo.pairs[0]
    threshold = quick.threshold(slo.budget)
    endless = Outage(Fraction(16, 100) if counting is not Counting.SAMPLES else Fraction(1), MINUTE, counting)
    lasts = (oracle.forecast(quick, threshold, endless).firing or 0) + MINUTE
    fate = oracle.forecast(quick, threshold, Outage(endless.ratio, MINUTE, counting, lasts))
    assert not fate.tied
    assert fate.firing is not None
    assert fate.last_true is not None
    first, last = CLEAN + int(fate.firing / MINUTE), CLEAN + int(fate.last_true / MINUTE)
    expected = burning()
    asks = [page(first - 1), page(first, expected), page(last, expected), page(last + 1)]
    length = int(lasts / MINUTE)
    return Simulation(make(body), write(endless.ratio, length, last + 2 - CLEAN - length), asks)


def requests(ratio: Fraction, bad: int, after: int) -> dict[str, str]:
    failures = int(1000 * ratio)
    return {
        'requests_total{code="500",job="a"}': counter((CLEAN, 0), (bad, failures), (after, 0), start=10**6),
        'requests_total{code="200",job="a"}': counter(
            (CLEAN, 1000), (bad, 1000 - failures), (after, 1000), start=10**6
        ),
    }


def buckets(ratio: Fraction, bad: int, after: int) -> dict[str, str]:
    quick = int(1000 * (1 - ratio))
    fast = counter((CLEAN, 1000), (bad, quick), (after, 1000), start=10**6)
    return {
        'seconds_bucket{le="0.1",job="a"}': fast,
        'seconds_bucket{le="1",job="a"}': counter((CLEAN + bad + after, 1000), start=10**6),
        'seconds_count{job="a"}': counter((CLEAN + bad + after, 1000), start=10**6),
    }


def _samples(ratio: Fraction, bad: int, after: int) -> dict[str, str]:
    return {
        "wrong": gauge((CLEAN + 1, "_"), (bad, 1), (after, "_")),
        "seen": gauge((CLEAN + 1 + bad + after, 1)),
    }


def _quality(ratio: Fraction, bad: int, after: int) -> dict[str, str]:
    return {"auc": gauge((CLEAN + 1, Fraction(9, 10)), (bad, Fraction(7, 10)), (after, Fraction(9, 10)))}


def errors_as_a_rate(make: Rules) -> Simulation:
    return fires_on_time(make, events(), Counting.RUNNING, requests)


def errors_as_an_increase(make: Rules) -> Simulation:
    queries = {name: query.replace("rate(", "increase(") for name, query in RATE.items()}
    return fires_on_time(make, events(queries), Counting.RUNNING, requests)


def good_events_as_a_rate(make: Rules) -> Simulation:
    queries = {"good": RATE["error"].replace("500", "200"), "total": RATE["total"]}
    return fires_on_time(make, events(queries), Counting.RUNNING, requests)


def counted_samples(make: Rules) -> Simulation:
    queries = {
        "error": "sum(count_over_time(wrong[{{.window}}]))",
        "total": "sum(count_over_time(seen[{{.window}}]))",
    }
    return fires_on_time(make, events(queries, objective=97, minEvents=10), Counting.SAMPLES, _samples)


def availability(make: Rules) -> Simulation:
    sli = {"availability": {"counter": "requests_total", "badSelector": 'code=~"5.."', "selector": 'job="a"'}}
    return fires_on_time(make, events(sli=sli), Counting.RUNNING, requests)


def latency(make: Rules) -> Simulation:
    sli = {"latency": {"histogram": "seconds", "below": "100ms", "selector": 'job="a"'}}
    return fires_on_time(make, events(sli=sli), Counting.RUNNING, buckets)


def time_slices(make: Rules) -> Simulation:
    sli = {"timeslices": {"query": "auc", "atLeast": 0.8}}
    return fires_on_time(make, events(sli=sli, objective=97), Counting.SAMPLES, _quality)
