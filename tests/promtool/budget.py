"""The error budget of a period against exact arithmetic."""

from fractions import Fraction

from modelmonitor.plan import names, promql
from promtool.runner import MINUTE, Simulation, counter
from promtool.worlds import Rules, events, ratio, true


def budget_is_exact_on_bursts(make: Rules) -> Simulation:
    """Uneven traffic, bursts of errors shorter than a scrape apart, a gap: at most 0.11 % off after a day."""
    body = events(
        objective=90, window="1d", pairs=[{"name": "page", "factor": 5, "long": "1h", "severity": "critical"}]
    )
    good, bad = [], []
    for minute in range(1440 + 10):
        busy = 50 if minute % 97 < 60 else 3
        burst = 40 if minute % 5 == 0 and minute % 7 < 3 else 0
        good.append((1, 0 if 300 <= minute < 360 else busy))
        bad.append((1, 0 if 300 <= minute < 360 else burst))
    series = {
        'requests_total{code="200"}': counter(*good, start=10**6),
        'requests_total{code="500"}': counter(*bad, start=10**6),
    }
    last = 1445  # the range of a day that ends here reaches back to the increments of minute 5
    failed = sum(growth for _, growth in bad[:last][5:])
    whole = failed + sum(growth for _, growth in good[:last][5:])
    exact = 1 - Fraction(failed, whole) * 10
    off = f"abs({names.BUDGET_REMAINING} - {promql.number(exact)})"
    ratio_off = f"abs({ratio('1d')} / {promql.number(Fraction(failed, whole))} - 1)"
    asks = [
        true(f"{ratio_off} < 0.0011", last // 5, 5 * MINUTE),
        true(f"{off} < 0.002", last // 5, 5 * MINUTE),
    ]
    return Simulation(make(body), series, asks, 5 * MINUTE, scrape=MINUTE)


def budget_of_thirty_days_is_exact(make: Rules) -> Simulation:
    """Traffic differs a thousandfold, one day has none, one fails altogether: the budget counts events."""
    days = [(1000, 0), (1, 1), (0, 0), (0, 1000), *[(100, 1)] * 24, (10, 3), (500, 0)]
    series = {
        'requests_total{code="200"}': counter(*((288, good) for good, _ in days), start=10**6),
        'requests_total{code="500"}': counter(*((288, bad) for _, bad in days), start=10**6),
    }
    body = events(objective=75)
    body["spec"]["prometheus"]["scrapeInterval"] = (
        "30s"  # so that ranges hold two samples, as they do in life
    )
    period = [group for group in make(body) if group["name"].endswith("-period")]
    failed, whole = sum(bad for _, bad in days), sum(good + bad for good, bad in days)
    off = f"abs({ratio('30d')} / {promql.number(Fraction(failed, whole))} - 1)"
    return Simulation(period, series, [true(f"{off} < 0.000000001", 30 * 288, 5 * MINUTE)], 5 * MINUTE)
