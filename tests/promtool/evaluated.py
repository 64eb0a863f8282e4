"""What may happen to an objective on what evaluators count, from their raw counters up."""

from collections.abc import Callable
from fractions import Fraction

from modelmonitor.plan import names, oracle, promql
from modelmonitor.plan.oracle import Counting, Outage
from promtool import timing
from promtool.evaluated_worlds import (
    CONFUSION,
    MEASURED,
    REGRESSION,
    REQUESTS,
    RESTART,
    SHARES,
    TIMED,
    WITHIN,
    body,
    missing,
    planned,
    series,
    two_replicas,
)
from promtool.runner import MINUTE, Ask, Json, Simulation, counter, firing, gauge
from promtool.worlds import Rules, burning, identity, never_burns, ratio, true


def ratio_is_that_of_arithmetic(make: Rules, kind: str) -> Simulation:
    """Exactly before the restart, and very nearly while it is within the window."""
    sli, model, counted, share = SHARES[kind]
    exact = promql.number(share)
    asks = [true(f"abs({ratio(window)} - {exact}) < 1e-9", 95) for window in ("5m", "1h")]
    asks += [
        true(f"abs({ratio(window)} - {exact}) < 0.0005", at)
        for window in ("5m", "1h", "30d")
        for at in (RESTART + 1, RESTART + 3, 130, 185)
    ]
    return Simulation(make(body(sli, model)), two_replicas(counted), asks)


def callers_mistakes_neither_burn_nor_dilute(make: Rules) -> Simulation:
    """Of three requests that the model had to answer one fails; a thousand more are rejected."""
    counted = {
        REQUESTS: {'outcome="ok"': 2, 'outcome="error"': 1, 'outcome="rejected"': 1000},
    }
    half = [true(f"abs({ratio()} - {promql.number(Fraction(1, 3))}) < 1e-9", 90)]
    return Simulation(make(body({"availability": {}})), two_replicas(counted), half)


def replicas_are_added_up_before_anything_is_divided(make: Rules) -> Simulation:
    """Nine in ten requests go to a replica that fails one in ten of them, the others never fail."""
    ours = {
        series(REQUESTS, 'outcome="ok"', "a"): counter((100, 810)),
        series(REQUESTS, 'outcome="error"', "a"): counter((100, 90)),
        series(REQUESTS, 'outcome="ok"', "b"): counter((100, 100)),
        series(REQUESTS, 'outcome="error"', "b"): counter((100, 0)),
    }
    share = true(f"abs({ratio()} - 0.09) < 1e-9", 90)
    return Simulation(make(body({"availability": {}})), ours, [share])


def nothing_but_rejections_is_no_data(make: Rules) -> Simulation:
    counted = {REQUESTS: {'outcome="ok"': 0, 'outcome="error"': 0, 'outcome="rejected"': 1000}}
    asks = [Ask(ratio(window), 90 * MINUTE, {}) for window in ("5m", "1h", "30d")]
    absent = Ask(firing(names.ABSENT_ALERT), 90 * MINUTE, {})
    return Simulation(
        make(body({"availability": {}})), two_replicas(counted), [*asks, absent, never_burns(90)]
    )


def without_labels_quality_has_no_events(make: Rules) -> Simulation:
    """Predictions go on and mature, no label comes any more: no ratio, no burn, and no absence.

    The period keeps what it had when labels came.
    """
    labelled = {
        series(CONFUSION, 'actual="yes",predicted="yes"', "a"): counter((60, 90), (100, 0)),
        series(CONFUSION, 'actual="yes",predicted="no"', "a"): counter((60, 10), (100, 0)),
        series("modelmonitor_cohort_predictions_total", "", "a"): counter((160, 100)),
        series("modelmonitor_predictions_total", 'class="yes"', "a"): counter((160, 100)),
    }
    gone = [Ask(ratio(), 70 * MINUTE, {}), Ask(ratio("1h"), 125 * MINUTE, {})]
    kept = true(f"abs({ratio('30d')} - 0.1) < 1e-9", 150)
    absent = Ask(firing(names.ABSENT_ALERT), 150 * MINUTE, {})
    wanted = body({"quality": {"metric": "Accuracy"}}, objective=80)
    return Simulation(make(wanted), labelled, [*gone, kept, absent, never_burns(150)])


def an_undeclared_class_is_never_right(make: Rules) -> Simulation:
    counted = {
        CONFUSION: {
            'actual="yes",predicted="yes"': 10,
            'actual="no",predicted="no"': 0,
            'actual="__other__",predicted="__other__"': 10,
        }
    }
    half = true(f"abs({ratio()} - 0.5) < 1e-9", 90)
    return Simulation(make(body({"quality": {"metric": "Accuracy"}})), two_replicas(counted), [half])


def _errors(*phases: tuple[int, int, int]) -> dict[str, str]:
    """Write the counters of a regression: so many minutes, rows a minute, and the sum of their squares."""
    squares = counter(*((minutes, squared) for minutes, _, squared in phases), start=100)
    rows = counter(*((minutes, count) for minutes, count, _ in phases), start=100)
    return {
        series("modelmonitor_squared_error_sum", "", "a"): squares,
        series("modelmonitor_scored_total", "", "a"): rows,
    }


def slices_are_judged_by_counters(make: Rules) -> Simulation:
    """Mean squares of 1, then of 9, then nothing: good, bad, and no slices.

    In 12 minutes 5 of which are bad the mean is (6 * 1 + 5 * 9) / 11 = 4.64: the extrapolation of both sums
    is the same. Four bad minutes make 3.91.
    """
    errors = _errors((60, 10, 10), (60, 10, 90), (60, 0, 0))
    value, bad = (promql.selector(it, {}) for it in (names.SLICE_VALUE, names.BAD_SLICE))
    asks = [
        true(f"abs({value} - 1) < 1e-9", 60),
        true(f"abs({value} - {promql.number(Fraction(43, 11))}) < 1e-9", 64),
        true(f"{bad} == 0", 64),
        true(f"{bad} == 1", 65),
        true(f"abs({value} - 9) < 1e-9", 120),
        true(f"{bad} == 1", 130),
        Ask(value, 132 * MINUTE, {}),
        Ask(bad, 132 * MINUTE, {}),
        Ask(ratio(), 140 * MINUTE, {}),
        true(f"{ratio('1h')} == 1", 150),
        Ask(firing(names.ABSENT_ALERT), 170 * MINUTE, {}),
    ]
    return Simulation(make(body(MEASURED, REGRESSION, objective=97)), errors, asks)


def _drifts(feature: str, excess: str, *, critical: Fraction = Fraction(15, 100)) -> dict[str, str]:
    """Record verdicts on a column of which drift of 0.1 is tolerated; from 0.2 on its rows are too few."""
    on = "Prediction" if feature.startswith("@") else "Features"
    own = {"namespace": "default", "monitor": "churn", "feature": feature, "on": on}
    tolerated = Fraction(1, 10)
    return {
        promql.selector(f"{names.DRIFT_EXCESS}6h", own): excess,
        promql.selector(f"{names.DRIFT_CRITICAL}6h", own): gauge((10_000, critical)),
        promql.selector(names.DRIFT_TOLERANCE, own): gauge((10_000, tolerated)),
    }


def drift_is_judged_by_the_worst_column_that_has_a_verdict(make: Rules) -> Simulation:
    """At the critical distance is no drift; NaN and no verdict are no slices; features are not asked for.

    Neither is a drift that is told of rows too few to tell of none: nothing but bad minutes would be known.
    """
    stored = {
        **_drifts("@score", gauge((30, 1), (30, Fraction(11, 10)), (30, "NaN"), (30, "_"))),
        **_drifts("@prediction", gauge((60, Fraction(1, 2)), (60, "_"))),
        **_drifts("@few", gauge((120, 5)), critical=Fraction(2, 10)),
        **_drifts("age", gauge((120, 5))),
        missing("@prediction"): counter((120, 0)),
    }
    bad = names.BAD_SLICE
    asks = [true(f"{bad} == 0", 20), true(f"{bad} == 1", 40), Ask(bad, 70 * MINUTE, {})]
    asks += [Ask(bad, 100 * MINUTE, {}), Ask(ratio(), 110 * MINUTE, {})]
    asks += [true(f"{ratio('1h')} == 0.5", 59), Ask(firing(names.ABSENT_ALERT), 119 * MINUTE, {})]
    return Simulation(make(body({"drift": {"of": "Prediction"}}, REGRESSION, objective=95)), stored, asks)


def one_bad_value_of_six_hours_fires_nothing(make: Rules) -> Simulation:
    """The slowest pair lets 17 % of the budget burn, 6h7m12s: a burst that drift sees for 6h is not enough.

    Two bursts, one after the other, are; the moment is the closed form's.
    """
    step, day = 12 * MINUTE, 120
    wanted = body({"drift": {"of": "Prediction"}}, REGRESSION, objective=95)
    slo = planned(wanted)
    (pair,) = slo.pairs
    threshold = pair.threshold(slo.budget)
    one = Outage(Fraction(1), step, Counting.SAMPLES, 30 * step)
    two = Outage(Fraction(1), step, Counting.SAMPLES, 60 * step)
    assert oracle.forecast(pair, threshold, one).firing is None
    fate = oracle.forecast(pair, threshold, two)
    assert fate.firing is not None
    assert fate.last_true is not None
    excess = gauge((3 * day, 0), (30, 2), (3 * day + 1, 0), (60, 2), (day, 0))
    onset = (6 * day + 30) * step
    edges = (fate.firing - step, fate.firing, fate.last_true, fate.last_true + step)
    fires = burning(pair="ticket-slow", severity="warning")
    expected: tuple[dict[str, float], ...] = ({}, fires, fires, {})
    alert = firing(names.BURN_ALERT)
    asks = [Ask(alert, onset + edge, it) for edge, it in zip(edges, expected, strict=True)]
    before = Ask(f"count_over_time({alert}[8d])", onset, {})
    return Simulation(make(wanted), _drifts("@score", excess), [before, *asks], step)


def absence_of_evaluators_is_told(make: Rules, sli: Json, model: Json, told_by: str) -> Simulation:
    """Counters are scraped for 20 minutes and stand still: what is waited for is a sample, not a label."""
    stored = {told_by: counter((20, 0), start=5)}
    gone = {firing(names.ABSENT_ALERT, **identity(severity="warning")): 1}
    alert = firing(names.ABSENT_ALERT)
    first = 34 if "rate" in _presence(sli, model) else 35
    asks = [Ask(alert, minute * MINUTE, {}) for minute in (20, first - 1)]
    return Simulation(make(body(sli, model, objective=95)), stored, [*asks, Ask(alert, first * MINUTE, gone)])


def _presence(sli: Json, model: Json) -> str:
    return planned(body(sli, model, objective=95)).indicator.presence()


def a_page_comes_on_time(make: Rules, kind: str) -> Simulation:
    """The quickest page fires and ends when the closed form says, from the counters of one pod."""
    sli, model, _, _ = SHARES[kind]
    write = WRITES[kind]

    def written(bad_share: Fraction, bad: int, after: int) -> dict[str, str]:
        phases = [(timing.CLEAN, 0), (bad, int(1000 * bad_share)), (after, 0)]
        return {
            name: counter(*((minutes, moved(1000 - wrong, wrong)) for minutes, wrong in phases), start=10**6)
            for name, moved in write.items()
        }

    return timing.fires_on_time(make, body(sli, model), Counting.RUNNING, written)


WRITES: dict[str, dict[str, Callable[[int, int], int]]] = {
    "availability": {
        series(REQUESTS, 'outcome="ok"', "a"): lambda good, _: good,
        series(REQUESTS, 'outcome="error"', "a"): lambda _, bad: bad // 2,
        series(REQUESTS, 'outcome="timeout"', "a"): lambda _, bad: bad - bad // 2,
        series(REQUESTS, 'outcome="rejected"', "a"): lambda good, bad: good + bad,
    },
    "latency": {
        series(WITHIN, 'threshold="0.1"', "a"): lambda good, _: good,
        series(TIMED, 'threshold="0.1"', "a"): lambda good, bad: good + bad,
    },
    "recall": {
        series(CONFUSION, 'actual="yes",predicted="yes"', "a"): lambda good, _: good,
        series(CONFUSION, 'actual="yes",predicted="no"', "a"): lambda _, bad: bad,
        series(CONFUSION, 'actual="no",predicted="yes"', "a"): lambda good, bad: good + bad,
    },
    "hit rate": {
        series("modelmonitor_hits_sum", 'k="5"', "a"): lambda good, _: good,
        series("modelmonitor_ranking_queries_total", "", "a"): lambda good, bad: good + bad,
    },
}
