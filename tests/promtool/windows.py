"""What two windows and a waiting time are for, and by how much scrapes between evaluations delay a page."""

from fractions import Fraction
from math import floor

from modelmonitor.plan import names, promql
from promtool.runner import MINUTE, Ask, Simulation, counter, firing, gauge
from promtool.timing import CLEAN
from promtool.worlds import GROUPED, RATE, Rules, burning, events, identity, page, ratio, true

PAGE = Fraction(144, 1000)
"""The error ratio above which the quickest page of 99 percent burns."""
_TICK = Fraction(20)


def _plan(name: str, failures: int, first: int, last: int, end: int = 70) -> dict[str, str]:
    """Of 1000 requests a minute so many fail from one minute after the clean history to another one."""
    steps = ((CLEAN + first, 0), (last - first, failures), (end - last, 0))
    return {
        f'requests_total{{code="500",plan="{name}"}}': counter(*steps, start=10**6),
        f'requests_total{{code="200",plan="{name}"}}': counter(
            *((minutes, 1000 - failed) for minutes, failed in steps), start=10**6
        ),
    }


def a_page_needs_both_windows(make: Rules) -> Simulation:
    """A burst that the long window forgives, and an outage that is over: neither pages."""
    series = _plan("burst", 1000, 55, 60) | _plan("over", 1000, 15, 45)
    at = CLEAN + 60
    burns = {
        f'{ratio(window)}{{plan="{plan}"}} {comparison} 0.144'
        for plan, window, comparison in (
            ("burst", "5m", ">"),
            ("burst", "1h", "<"),
            ("over", "5m", "<"),
            ("over", "1h", ">"),
        )
    }
    paged = firing(names.BURN_ALERT, pair="page-quick", plan="burst")
    never = Ask(f"count_over_time({paged}[2h])", at * MINUTE, {})
    return Simulation(
        make(events(GROUPED)), series, [*(true(it, at) for it in sorted(burns)), page(at), never]
    )


def a_page_waits_two_minutes_and_no_longer(make: Rules) -> Simulation:
    """At 16 % the long window crosses in minute 54; the short one holds as long as the failures last."""
    series = _plan("short", 160, 0, 55) | _plan("enough", 160, 0, 56)
    pending = promql.selector("ALERTS", {"alertstate": "pending", "pair": "page-quick"})
    waiting = [true(f'{pending[:-1]},plan="{plan}"}}', CLEAN + 54) for plan in ("short", "enough")]
    fires = burning(plan="enough")
    return Simulation(
        make(events(GROUPED)),
        series,
        [*waiting, page(CLEAN + 55), page(CLEAN + 56, fires), page(CLEAN + 57)],
    )


def failures_of_all_verbs_codes_and_replicas_add_up(make: Rules) -> Simulation:
    """Each alone stays under the threshold; together they are 18 % of all requests."""
    queries = {name: query.replace('="500"', '=~"5.."') for name, query in RATE.items()}
    failing = {("GET", "500", "a"): 60, ("GET", "503", "b"): 60, ("POST", "500", "b"): 60}
    working = {("GET", "200", "a"): 400, ("POST", "200", "b"): 420}
    series = {
        f'requests_total{{verb="{verb}",code="{code}",pod="{pod}"}}': counter((90, growth), start=10**6)
        for (verb, code, pod), growth in (failing | working).items()
    }
    return Simulation(
        make(events(queries)), series, [true(f"abs({ratio()} - 0.18) < 0.000001", 80), page(80, burning())]
    )


def a_rare_failure_of_one_verb_is_lost_in_all_and_found_by_group(make: Rules) -> Simulation:
    series = {}
    for plan, failures, requests in (("batch", 0, 900), ("online", 20, 100)):
        series[f'requests_total{{code="500",plan="{plan}"}}'] = counter((90, failures), start=10**6)
        series[f'requests_total{{code="200",plan="{plan}"}}'] = counter(
            (90, requests - failures), start=10**6
        )
    both = [*make(events(GROUPED)), *_of_everything(make)]
    return Simulation(both, series, [page(80, burning(plan="online"))])


def _of_everything(make: Rules) -> list[dict[str, object]]:
    """Give the rules of the same objective without groups, under a name of their own."""
    body = events(RATE)
    body["metadata"]["name"] = "whole"
    return [group | {"name": f"whole-{group['name']}"} for group in make(body)]


def only_the_slow_ticket_tells_of_a_slow_burn(make: Rules) -> Simulation:
    """Two percent fail for ever, where one may: the ticket comes after three hours, and nothing else."""
    series = {
        'requests_total{code="500"}': counter((200, 200), start=10**6),
        'requests_total{code="200"}': counter((200, 9800), start=10**6),
    }
    ticket = burning(pair="ticket-slow", severity="warning")
    asks = [
        Ask(firing(names.BURN_ALERT), minute * MINUTE, found) for minute, found in ((180, {}), (181, ticket))
    ]
    return Simulation(make(events()), series, asks)


def scrapes_between_evaluations_delay_a_page_within_bounds(make: Rules) -> Simulation:
    """Scrapes, evaluations and the first failure all fall on times of their own.

    With T = threshold * window / ratio, the first true evaluation comes after T less threshold / ratio of a
    scrape, and at the latest one scrape and one evaluation after T.
    """
    queries = {
        "error": "sum by (cell) (rate(failures_total[{{.window}}]))",
        "total": "sum by (cell) (rate(all_total[{{.window}}]))",
    }
    series: dict[str, str] = {}
    asks = []
    for share in (Fraction(1), Fraction(1, 2), Fraction(1, 5)):
        for phase in (Fraction(0), _TICK, 2 * _TICK):
            for late in (Fraction(0), _TICK, 2 * _TICK):
                cell = f"{float(share)}-{phase}-{late}"
                onset = CLEAN * MINUTE + late
                series[f'failures_total{{cell="{cell}"}}'] = _scraped(phase, share, onset)
                series[f'all_total{{cell="{cell}"}}'] = _scraped(phase, Fraction(1), Fraction(0))
                asks += _within_bounds(cell, onset, share)
    return Simulation(make(events(queries)), series, asks, scrape=_TICK)


def _scraped(phase: Fraction, share: Fraction, onset: Fraction) -> str:
    """Write a counter of 1000 events a second, of which this share counts from `onset` on."""
    times = (tick * _TICK for tick in range(3 * 120))
    return " ".join(
        "_"
        if (time - phase) % MINUTE
        else promql.number(10**6 + 1000 * share * max(time - onset, Fraction(0)))
        for time in times
    )


def _within_bounds(cell: str, onset: Fraction, share: Fraction) -> list[Ask]:
    crossing = PAGE * 60 * MINUTE / share
    soonest, latest = (
        floor((onset + bound) / MINUTE) * MINUTE
        for bound in (crossing - MINUTE * PAGE / share, crossing + 2 * MINUTE)
    )
    alert = promql.selector("ALERTS", {"alertname": names.BURN_ALERT, "pair": "page-quick", "cell": cell})
    return [
        Ask(alert, soonest, {}),
        true(f"count(count_over_time({alert}[2h])) > 0", int(latest / MINUTE)),
    ]


def an_alert_tells_of_the_budget_of_its_own_series(make: Rules) -> Simulation:
    """Labels that the query does not name: the last one, by name, is the one that fires.

    At the evaluation before, the last 59 minutes of 120 were bad. The first four count in part, as do
    the first four of all: 1 - 285/590/0.03 = -1510 %.
    """
    sli = {"timeslices": {"query": "auc", "atLeast": 0.8}}
    series = {f'auc{{segment="{segment}"}}': gauge((121, Fraction(9, 10))) for segment in ("a", "b")}
    series['auc{segment="c"}'] = gauge((61, Fraction(9, 10)), (60, Fraction(7, 10)))
    page_only = [
        group | {"rules": [it for it in group["rules"] if _explains(it)]}
        for group in make(events(sli=sli, objective=97))
    ]
    labels = identity(segment="c", severity="critical", pair="page-quick")
    alert = {"exp_labels": labels, "exp_annotations": {"description": "Budget left for 30d: -1510%."}}
    asked = {"eval_time": "120m", "alertname": names.BURN_ALERT, "exp_alerts": [alert]}
    return Simulation(page_only, series, [], alerts=[asked])


def _explains(rule: dict[str, object]) -> bool:
    """Keep records and the quick page, and of its texts what is said of the budget."""
    if isinstance(texts := rule.get("annotations"), dict):
        start = max(texts["description"].rfind("may be. "), 0) + len("may be. ")
        rule["annotations"] = {"description": texts["description"][start:]}
    labels = rule.get("labels")
    return "record" in rule or (isinstance(labels, dict) and labels.get("pair") == "page-quick")
