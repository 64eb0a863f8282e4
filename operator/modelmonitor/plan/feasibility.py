"""Whether the alerts of an objective can fire, and only for more than one bad value; if not, why."""

from collections.abc import Iterator, Sequence

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.errors import Problem
from modelmonitor.plan import burnrate, promql, slices
from modelmonitor.plan.burnrate import Pair

SCRAPES_PER_WINDOW = 4
SHORTEST_LONG = Duration.parse("6m")
_FIVE_MINUTES = 300_000
_SAYS_HOW_LONG = {"timeslices": "timeslices.query", "quality": "quality.window", "drift": "drift"}
"""Where to look for how long one value of a measurement lasts."""


def problems(path: str, monitor: ModelMonitor, objective: Objective) -> list[Problem]:
    """Return every reason why an alert of an objective could never fire, or would fire for nothing."""
    if objective.window.milliseconds % _FIVE_MINUTES:
        remedy = "the budget is recorded every five minutes"
        return [Problem(f"{path}.window", "whole multiples of 5m", str(objective.window), remedy)]
    scrape, lasts = monitor.spec.prometheus.scrape_interval, slices.value_lasts(monitor, objective)
    if objective.pairs is None:
        found = list(_standard(path, objective, lasts, scrape))
        return found or list(_guards(path, objective, burnrate.lasting_pairs(objective, lasts)))
    pairs = burnrate.explicit_pairs(objective.pairs, objective.window)
    found = [
        problem
        for position, pair in enumerate(pairs)
        for where in [f"{path}.pairs[{position}]"]
        for problem in (*_explicit(where, objective, pair, lasts), *_short(f"{where}.long", pair, scrape))
    ]
    return found or list(_guards(path, objective, pairs))


def _standard(path: str, objective: Objective, lasts: Duration, scrape: Duration) -> Iterator[Problem]:
    budget, ceiling = burnrate.budget(objective), burnrate.ceiling(objective)
    if objective.window < burnrate.SHORTEST_PERIOD:
        remedy = "the standard windows do not fit: write pairs, or a longer window"
        yield Problem(
            f"{path}.window", "at least 7d without pairs of your own", str(objective.window), remedy
        )
    elif budget > ceiling:
        least = promql.number((1 - ceiling) * 100)
        shown, left = promql.number(objective.objective), promql.number(budget)
        got = f"{shown}, whose budget of {left} leaves no room for an alert"
        remedy = "raise it, or write pairs" if objective.objective > 1 else "write percent, such as 99.9"
        yield Problem(f"{path}.objective", f"at least {least} without pairs of your own", got, remedy)
    else:
        for pair in burnrate.standard_pairs(objective):
            yield from _short(path, pair, scrape)
        if not burnrate.lasting_pairs(objective, lasts):
            where = next(where for kind, where in _SAYS_HOW_LONG.items() if getattr(objective.sli, kind))
            most = Duration.of(burnrate.longest_value(objective))
            got = f"{most}, which are {burnrate.MOST_PERCENT} % of the budget"
            yield _flapping(f"{path}.sli.{where}", lasts, got)


def _explicit(path: str, objective: Objective, pair: Pair, lasts: Duration) -> Iterator[Problem]:
    budget = burnrate.budget(objective)
    if pair.long >= objective.window:
        yield Problem(
            f"{path}.long", f"less than the window ({objective.window})", str(pair.long), "shorten it"
        )
    if pair.long < SHORTEST_LONG or pair.long.milliseconds % 12_000:
        expected = f"at least {SHORTEST_LONG}, in steps of 12s"
        yield Problem(
            f"{path}.long", expected, str(pair.long), "its twelfth is the short window, in whole seconds"
        )
    if pair.threshold(budget) >= 1:
        shown, product = (f"{float(value):.4g}" for value in (pair.factor, pair.threshold(budget)))
        got = f"factor {shown}: {shown} x budget {promql.number(budget)} = {product}"
        below = f"use a factor below {float(1 / budget):.4g}, or a longer window for a share"
        remedy = f"no error ratio exceeds 1: {below}"
        yield Problem(path, "an alert that can fire (factor x budget < 1)", got, remedy)
    elif burnrate.bad_time(objective, pair) < lasts.exact_seconds:
        needed = Duration.of(burnrate.bad_time(objective, pair))
        yield _flapping(path, lasts, f"{pair.name}, which fires after {needed}")


def _short(path: str, pair: Pair, scrape: Duration) -> Iterator[Problem]:
    if pair.short.milliseconds < SCRAPES_PER_WINDOW * scrape.milliseconds:
        expected = f"a short window of at least {SCRAPES_PER_WINDOW} scrapes ({scrape} each)"
        got = f"{pair.short} ({pair.name}: a twelfth of {pair.long})"
        yield Problem(path, expected, got, "lengthen the window, or correct prometheus.scrapeInterval")


def _flapping(path: str, lasts: Duration, got: str) -> Problem:
    expected = f"an alert that needs more than one bad value ({lasts} of bad slices)"
    remedy = "measure over less time, lengthen the objective's window or lower the objective"
    return Problem(path, expected, got, remedy)


def _guards(path: str, objective: Objective, pairs: Sequence[Pair]) -> Iterator[Problem]:
    """Refuse a guard of more slices than there are in a window, in which no alert could ever fire."""
    least = objective.min_events
    if not slices.is_sliced(objective) or least == "Auto":
        return
    shortest = min(pairs, key=lambda pair: pair.long)
    most = shortest.long.milliseconds // slices.SLICE.milliseconds
    if int(least) > most:
        expected = f"at most {most}: {shortest.name} looks at {shortest.long}, in slices of {slices.SLICE}"
        yield Problem(f"{path}.minEvents", expected, str(least), "lower it, or lengthen the window")
