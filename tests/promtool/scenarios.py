"""What may happen to a monitored model, and what its rules must make of it.

A scenario takes the function that makes rules of a monitor, so that it can be told about broken rules, too
(test_mutants.py), and returns a simulation for promtool.
"""

from fractions import Fraction

from modelmonitor.plan import names
from promtool import budget, timing, windows
from promtool.runner import MINUTE, Ask, Json, Simulation, counter, firing, gauge
from promtool.timing import CLEAN, buckets, requests
from promtool.worlds import (
    GROUPED,
    HOUR,
    RATE,
    Rules,
    burning,
    events,
    identity,
    never_burns,
    page,
    ratio,
    text,
    true,
)


def missing_error_counter_means_zero_errors(make: Rules) -> Simulation:
    """No error has been counted yet, because nothing has failed yet."""
    series = {'requests_total{code="200"}': counter((90, 1000))}
    zero = {f"slo:sli_error:ratio_rate5m{text(identity(slo_window='5m'))}": 0.0}
    left = {f"{names.BUDGET_REMAINING}{text(identity())}": 1.0}
    return Simulation(
        make(events()),
        series,
        [Ask(ratio(), 80 * MINUTE, zero), Ask(names.BUDGET_REMAINING, 80 * MINUTE, left)],
    )


def missing_good_counter_means_that_everything_is_bad(make: Rules) -> Simulation:
    queries = {"good": RATE["error"].replace("500", "200"), "total": RATE["total"]}
    series = {'requests_total{code="500"}': counter((90, 1000))}
    return Simulation(make(events(queries)), series, [page(80, burning())])


def missing_bucket_is_neither_good_nor_bad(make: Rules) -> Simulation:
    sli = {"latency": {"histogram": "seconds", "below": "300ms", "selector": 'job="a"'}}
    series = {name: values for name, values in buckets(Fraction(0), 1, 30).items() if "0.1" not in name}
    return Simulation(make(events(sli=sli)), series, [Ask(ratio(), 80 * MINUTE, {}), never_burns(80)])


def restarted_pods_count_on(make: Rules) -> Simulation:
    """Counters begin anew at zero: the ratio stays what it was."""
    restarted = (
        f"{counter((100, 10), start=5000)} {counter((100, 10))}",
        f"{counter((100, 990), start=500000)} {counter((100, 990))}",
    )
    series = {
        f'requests_total{{code="{code}"}}': values
        for code, values in zip(("500", "200"), restarted, strict=True)
    }
    steady = [true(f"abs({ratio('1h')} - 0.01) < 0.0005", minute) for minute in (90, 101, 103, 130, 180)]
    return Simulation(make(events(objective=95)), series, [*steady, never_burns(190)])


def replicas_come_and_go(make: Rules) -> Simulation:
    """New pods appear with counters of their own, old ones vanish: nothing burns that did not burn."""
    series = {}
    for pod, (start, end) in enumerate([(0, 100), (60, 160), (90, 190)]):
        for code, growth in (("500", 5), ("200", 995)):
            growing = counter((end - start - 1, growth))
            series[f'requests_total{{code="{code}",pod="{pod}"}}'] = (
                f"_x{start} {growing}" if start else growing
            )
    steady = [true(f"abs({ratio('1h')} - 0.005) < 0.0005", minute) for minute in (70, 110, 140, 180)]
    return Simulation(make(events()), series, [*steady, never_burns(185)])


def a_replica_that_fails_pages(make: Rules) -> Simulation:
    series = {
        'requests_total{code="200",pod="a"}': counter((200, 1000)),
        'requests_total{code="500",pod="b"}': f"_x100 {counter((100, 1000))}",
    }
    return Simulation(make(events()), series, [page(100), page(130, burning())])


def _one_failure(requests: int, failures: int) -> dict[str, str]:
    """Few requests in an hour, spread evenly, and failures all in one minute."""
    gap = 60 // requests
    steps = [(1, 1) if minute % gap == 0 else (1, 0) for minute in range(120)]
    return {
        'requests_total{code="200"}': counter(*steps, start=100),
        'requests_total{code="500"}': counter((70, 0), (1, failures), (49, 0), start=100),
    }


def one_bad_event_alone_never_fires(make: Rules) -> Simulation:
    return Simulation(make(events()), _one_failure(5, 1), [never_burns(119)])


def enough_bad_events_fire_in_little_traffic(make: Rules) -> Simulation:
    return Simulation(make(events()), _one_failure(5, 4), [page(70), page(74, burning())])


def without_the_guard_one_bad_event_fires(make: Rules) -> Simulation:
    return Simulation(make(events(minEvents=0)), _one_failure(5, 1), [page(74, burning())])


def a_guard_of_one_s_own_counts_events_of_the_long_window(make: Rules) -> Simulation:
    """Sixty events an hour: a guard of 50 lets the page through, one of 70 does not."""
    series = {
        'requests_total{code="200"}': counter((120, Fraction(0)), start=100),
        'requests_total{code="500"}': counter((120, 1), start=100),
    }
    strict, loose = make(events(minEvents=70)), make(events(minEvents=50))
    loose = [
        group | {"rules": [_relabelled(rule) for rule in group["rules"]], "name": f"loose-{group['name']}"}
        for group in loose
    ]
    fires = burning(slo_id="default/loose/works")
    return Simulation([*strict, *loose], series, [page(100, fires)])


def _relabelled(rule: Json) -> Json:
    moved = rule["labels"] | ({"slo_id": "default/loose/works"} if "slo_id" in rule["labels"] else {})
    return rule | {"labels": moved, "expr": rule["expr"].replace("default/churn", "default/loose")}


def without_traffic_there_is_no_ratio(make: Rules) -> Simulation:
    """Counters that stand still say nothing: no ratio, no burn, and no absence either."""
    series = {
        'requests_total{code="200"}': counter((60, 0), start=50),
        'requests_total{code="500"}': counter((60, 0), start=50),
    }
    asks = [Ask(ratio(window), 50 * MINUTE, {}) for window in ("5m", "1h", "30d")]
    absent = Ask(firing(names.ABSENT_ALERT), 50 * MINUTE, {})
    return Simulation(make(events()), series, [*asks, absent, never_burns(50)])


def only_the_group_that_burns_is_told_of(make: Rules) -> Simulation:
    series = {}
    for plan_name, failures in (("basic", 0), ("pro", 500)):
        series[f'requests_total{{code="500",plan="{plan_name}"}}'] = counter((100, failures), start=10**6)
        series[f'requests_total{{code="200",plan="{plan_name}"}}'] = counter(
            (100, 1000 - failures), start=10**6
        )
    return Simulation(make(events(GROUPED)), series, [page(90, burning(plan="pro"))])


def a_group_without_an_error_counter_has_no_errors(make: Rules) -> Simulation:
    series = {
        'requests_total{code="500",plan="pro"}': counter((100, 500), start=10**6),
        'requests_total{code="200",plan="pro"}': counter((100, 500), start=10**6),
        'requests_total{code="200",plan="basic"}': counter((100, 1000), start=10**6),
    }
    zero = {f"slo:sli_error:ratio_rate5m{text(identity(plan='basic', slo_window='5m'))}": 0.0}
    return Simulation(
        make(events(GROUPED)),
        series,
        [page(90, burning(plan="pro")), Ask(ratio() + '{plan="basic"}', 90 * MINUTE, zero)],
    )


def absence_is_told_a_quarter_of_an_hour_after_the_last_sample(make: Rules) -> Simulation:
    """Minus one scrape, because a rate needs two samples; never while one group is left."""
    series = {
        'requests_total{code="200",plan="basic"}': counter((20, 10)),
        'requests_total{code="200",plan="pro"}': counter((30, 10)),
    }
    gone = {firing(names.ABSENT_ALERT, **identity(severity="warning")): 1}
    asks = [Ask(firing(names.ABSENT_ALERT), minute * MINUTE, {}) for minute in (20, 34, 43)]
    asks.append(Ask(firing(names.ABSENT_ALERT), 44 * MINUTE, gone))
    return Simulation(make(events(GROUPED)), series, [*asks, never_burns(44)])


def slices_that_are_not_a_number_do_not_count(make: Rules) -> Simulation:
    """NaN is neither good nor bad: 30 good, 30 bad and 30 without a number are one half bad."""
    series = {"auc": gauge((30, Fraction(9, 10)), (30, "NaN"), (30, Fraction(7, 10)))}
    sli = {"timeslices": {"query": "auc", "atLeast": 0.8}}
    half = [true(f"{ratio('2h')} == 0.5", 89), true(f"{ratio('1h')} == 1", 89), Ask(ratio(), 50 * MINUTE, {})]
    return Simulation(make(events(sli=sli, objective=97)), series, half)


def slices_above_a_bound_that_is_a_maximum_are_bad(make: Rules) -> Simulation:
    series = {"rmse": gauge((60, Fraction(1, 2)), (1, Fraction(1, 2)), (60, Fraction(3, 2)))}
    sli = {"timeslices": {"query": "rmse", "atMost": 0.5}}
    at_the_bound = [true(f"{ratio()} == 0", 60), true(f"{ratio()} == 1", 65)]
    return Simulation(make(events(sli=sli, objective=97)), series, at_the_bound)


def alerts_explain_themselves(make: Rules) -> Simulation:
    """Labels and texts of a page, to the letter: the ratio of the short window, and the budget that is left.

    The budget is that of the evaluation before: 19 bad minutes, of which the first four count in part, are
    8.5 records of 80, since promtool evaluates the period every minute, too: 1 - 8.5/80/0.01 = -962.5 %.
    """
    groups = make(events())
    series = requests(Fraction(1, 2), 20, 0)
    alert = {"eval_time": f"{CLEAN + 20}m", "alertname": names.BURN_ALERT}
    page = {
        "exp_labels": identity(severity="critical", pair="page-quick"),
        "exp_annotations": {
            "summary": "default/churn: objective works (99 %) burns its error budget "
            "more than 14.4 times too fast",
            "description": "The error ratio is 50% over the last 5m "
            "and above 14.4 % over the last 1h, where 1 % may be. Budget left for 30d: -962.5%.",
            "burn_rate": "14.4",
            "short": "5m",
            "long": "1h",
            "runbook_url": "https://modelmonitor.dev/runbooks/ModelSLOErrorBudgetBurn",
        },
    }
    quick = [
        group
        | {
            "rules": [
                it for it in group["rules"] if it.get("labels", {}).get("pair", "page-quick") == "page-quick"
            ]
        }
        for group in groups
    ]
    return Simulation(quick, series, [], alerts=[alert | {"exp_alerts": [page]}])


def the_slowest_ticket_stays_silent_below_its_threshold(make: Rules) -> Simulation:
    """One in a hundred may fail for ever: a ticket at 0.97 % would be one about a budget that lasts."""
    series = {
        'requests_total{code="500"}': counter((40, 97), start=10**6),
        'requests_total{code="200"}': counter((40, 9903), start=10**6),
    }
    silent = Ask(f"count_over_time({firing(names.BURN_ALERT)}[8h])", 8 * HOUR, {})
    return Simulation(make(events()), series, [silent], 12 * MINUTE)


SCENARIOS = (
    timing.errors_as_a_rate,
    timing.errors_as_an_increase,
    timing.good_events_as_a_rate,
    timing.counted_samples,
    timing.availability,
    timing.latency,
    timing.time_slices,
    missing_error_counter_means_zero_errors,
    missing_good_counter_means_that_everything_is_bad,
    missing_bucket_is_neither_good_nor_bad,
    restarted_pods_count_on,
    replicas_come_and_go,
    a_replica_that_fails_pages,
    one_bad_event_alone_never_fires,
    enough_bad_events_fire_in_little_traffic,
    without_the_guard_one_bad_event_fires,
    a_guard_of_one_s_own_counts_events_of_the_long_window,
    without_traffic_there_is_no_ratio,
    only_the_group_that_burns_is_told_of,
    a_group_without_an_error_counter_has_no_errors,
    absence_is_told_a_quarter_of_an_hour_after_the_last_sample,
    slices_that_are_not_a_number_do_not_count,
    slices_above_a_bound_that_is_a_maximum_are_bad,
    budget.budget_is_exact_on_bursts,
    budget.budget_of_thirty_days_is_exact,
    alerts_explain_themselves,
    the_slowest_ticket_stays_silent_below_its_threshold,
    windows.a_page_needs_both_windows,
    windows.a_page_waits_two_minutes_and_no_longer,
    windows.failures_of_all_verbs_codes_and_replicas_add_up,
    windows.a_rare_failure_of_one_verb_is_lost_in_all_and_found_by_group,
    windows.only_the_slow_ticket_tells_of_a_slow_burn,
    windows.scrapes_between_evaluations_delay_a_page_within_bounds,
    windows.an_alert_tells_of_the_budget_of_its_own_series,
)
