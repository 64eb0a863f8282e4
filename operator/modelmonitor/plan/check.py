"""What only the plan can tell about a spec: whether queries count events and whether alerts can fire."""

import re
from collections.abc import Iterator

import promql_parser

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import BurnPair, Events, Objective
from modelmonitor.errors import Problem
from modelmonitor.plan import burnrate, promql, query, slo
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.indicator import SLICE
from modelmonitor.wire.profile import Profile

SCRAPES_PER_WINDOW = 4
SHORTEST_LONG = Duration.parse("6m")
_LABEL_NAME = re.compile(r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")

_OTHER_TEMPLATE = re.compile(r"\{\{|\$[a-zA-Z_{]")


def check(monitor: ModelMonitor, profile: Profile | None = None) -> list[Problem]:
    """Return every reason why rules for this monitor would be wrong or dead; empty when it can be planned."""
    problems = list(_labels(monitor))
    for position, objective in enumerate(monitor.spec.objectives):
        path = f"spec.objectives[{position}]"
        found = [*_selectors(path, objective), *_queries(path, objective)]
        problems += found or _pairs(path, objective, monitor.spec.prometheus.scrape_interval)
    return problems


def _labels(monitor: ModelMonitor) -> Iterator[Problem]:
    for name, value in monitor.spec.prometheus.labels.items():
        if not _LABEL_NAME.match(name) or not _LABEL_VALUE.match(value):
            yield Problem(
                "spec.prometheus.labels", "Kubernetes labels", f"{name}: {value!r}", "correct the label"
            )


def _selectors(path: str, objective: Objective) -> Iterator[Problem]:
    sli = objective.sli
    if sli.latency and sli.latency.histogram.endswith("_bucket"):
        name = sli.latency.histogram
        yield Problem(
            f"{path}.sli.latency.histogram",
            "the name of a histogram, without _bucket",
            name,
            f"write {name.removesuffix('_bucket')}",
        )
    for kind, indicator in (("availability", sli.availability), ("latency", sli.latency)):
        for field, name in (("selector", "selector"), ("bad_selector", "badSelector")):
            text = getattr(indicator, field, None)
            where = f"{path}.sli.{kind}.{name}"
            if text is not None and (reason := _not_matchers(text)):
                yield Problem(where, 'label matchers such as job="churn"', repr(text), reason)
            elif text is not None:
                yield from _literal_patterns(where, text)


def _literal_patterns(path: str, text: str) -> Iterator[Problem]:
    if found := promql.literal_pattern(text):
        yield Problem(path, "=~ or !~ before a pattern", found, "no status code equals it: add the ~")


def _not_matchers(text: str) -> str | None:
    """Say why text is not a list of label matchers and nothing else; None when it is."""
    matchers = promql.one_line(text).rstrip(", ")
    if not matchers:
        return "an empty selector would select every series: write a matcher"
    inside = f"metric{{{matchers}}}"
    if refusal := promql.refusal(inside):
        return refusal.reason
    tree = promql.parse(inside)
    closes_itself = inside.count("}") - len(re.findall(r'"[^"]*}[^"]*"', inside)) > 1
    return (
        "only matchers, no braces"
        if not isinstance(tree, promql_parser.VectorSelector) or closes_itself
        else None
    )


def _queries(path: str, objective: Objective) -> Iterator[Problem]:
    if objective.sli.events:
        yield from _events(f"{path}.sli.events", objective.sli.events, strict=objective.min_events != 0)
    elif objective.sli.timeslices:
        own = objective.sli.timeslices.query
        where = f"{path}.sli.timeslices.query"
        if reason := query.syntax(own):
            yield Problem(where, "PromQL", reason, "correct the query")
        elif other := promql.not_a_vector(own):
            yield _no_series(where, other)
        elif query.PLACEHOLDER.search(own):
            yield Problem(
                where, "a measurement without {{.window}}", "one with it", "write its own range, such as [5m]"
            )
        elif clash := query.clashes(query.result_labels(own)):
            yield _clash(where, clash)


def _events(path: str, events: Events, *, strict: bool) -> Iterator[Problem]:
    part = "good" if events.error is None else "error"
    texts = {part: events.error or events.good or "", "total": events.total}
    read: dict[str, query.EventQuery] = {}
    for name, text in texts.items():
        if reason := query.syntax(text):
            yield Problem(f"{path}.{name}", "PromQL", reason, _remedy(text))
            continue
        if not strict and (other := promql.not_a_vector(query.probed(text))):
            yield _no_series(f"{path}.{name}", other)
            continue
        yield from _literal_patterns(f"{path}.{name}", text)
        try:
            read[name] = query.read(text, strict=strict)
        except query.Unsuitable as unsuitable:
            remedy = (
                "or set minEvents: 0 to take it as it is"
                if query.PLACEHOLDER.search(text)
                else "add the range"
            )
            yield Problem(f"{path}.{name}", str(unsuitable), repr(promql.one_line(text)), remedy)
    if len(read) == len(texts):
        yield from _alike(path, part, read[part], read["total"])


def _remedy(text: str) -> str:
    other_template = _OTHER_TEMPLATE.search(query.PLACEHOLDER.sub("", text))
    return "write the range as [{{.window}}]" if other_template else "correct the query"


def _no_series(path: str, got: str) -> Problem:
    return Problem(path, "series with one value each", got, "put a function around it, or vector(...)")


def _alike(path: str, name: str, part: query.EventQuery, total: query.EventQuery) -> Iterator[Problem]:
    if clash := query.clashes(total.grouping or ()):
        yield _clash(f"{path}.total", clash)
    if part.grouping is None or total.grouping is None:  # taken as it is, on the user's word
        return
    if part.unit is not total.unit:
        yield Problem(
            f"{path}.{name}", f"{total.unit.value}, as total counts", part.unit.value, "use the same function"
        )
    if part.grouping != total.grouping:
        expected, got = (", ".join(one) or "no labels" for one in (total.grouping, part.grouping))
        remedy = "group both alike: series that do not match would read as zero errors"
        yield Problem(f"{path}.{name}", f"the labels of total ({expected})", got, remedy)


def _clash(path: str, labels: list[str]) -> Problem:
    return Problem(
        path, "labels that the rules leave free", ", ".join(labels), "group by another name (label_replace)"
    )


def _pairs(path: str, objective: Objective, scrape: Duration) -> list[Problem]:
    if objective.window.milliseconds % 300_000:
        window = f"{objective.window}"
        return [
            Problem(
                f"{path}.window", "whole multiples of 5m", window, "the budget is recorded every five minutes"
            )
        ]
    if objective.pairs is None:
        return list(_standard(path, objective, scrape)) or list(_guards(path, objective))
    problems: list[Problem] = []
    for position, written in enumerate(objective.pairs):
        problems += _explicit(f"{path}.pairs[{position}]", objective, written, scrape)
    return problems or list(_guards(path, objective))


def _guards(path: str, objective: Objective) -> Iterator[Problem]:
    """Refuse a guard of more slices than there are in a window, in which no alert could ever fire."""
    least = objective.min_events
    if not objective.sli.timeslices or least == "Auto":
        return
    own = objective.pairs and burnrate.explicit_pairs(objective.pairs, objective.window)
    pairs = own or burnrate.standard_pairs(objective)
    used = [pair for pair in pairs if slo.outlasts_one_value(objective, pair)]
    shortest = min(used, key=lambda pair: pair.long)
    slices = shortest.long.milliseconds // SLICE.milliseconds
    if int(least) > slices:
        expected = f"at most {slices}: {shortest.name} looks at {shortest.long}, in slices of {SLICE}"
        yield Problem(f"{path}.minEvents", expected, str(least), "lower it, or lengthen the window")


def _standard(path: str, objective: Objective, scrape: Duration) -> Iterator[Problem]:
    budget = burnrate.budget(objective)
    if objective.window < burnrate.SHORTEST_PERIOD:
        remedy = "the standard windows do not fit: write pairs, or a longer window"
        yield Problem(
            f"{path}.window", "at least 7d without pairs of your own", str(objective.window), remedy
        )
    elif budget > burnrate.CEILING:
        least = promql.number((1 - burnrate.CEILING) * 100)
        shown, left = promql.number(objective.objective), promql.number(budget)
        got = f"{shown}, whose budget of {left} leaves no room for an alert"
        remedy = "raise it, or write pairs" if objective.objective > 1 else "write percent, such as 99.9"
        yield Problem(f"{path}.objective", f"at least {least} without pairs of your own", got, remedy)
    else:
        pairs = burnrate.standard_pairs(objective)
        yield from (problem for pair in pairs for problem in _short(path, pair, scrape))
        if not any(slo.outlasts_one_value(objective, pair) for pair in pairs):
            yield _flapping(f"{path}.sli.timeslices.query", objective, max(pairs, key=lambda pair: pair.long))


def _explicit(path: str, objective: Objective, written: BurnPair, scrape: Duration) -> Iterator[Problem]:
    pair = burnrate.explicit_pairs([written], objective.window)[0]
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
    elif not slo.outlasts_one_value(objective, pair):
        yield _flapping(path, objective, pair)
    yield from _short(f"{path}.long", pair, scrape)


def _short(path: str, pair: Pair, scrape: Duration) -> Iterator[Problem]:
    if pair.short.milliseconds < SCRAPES_PER_WINDOW * scrape.milliseconds:
        expected = f"a short window of at least {SCRAPES_PER_WINDOW} scrapes ({scrape} each)"
        got = f"{pair.short} ({pair.name}: a twelfth of {pair.long})"
        yield Problem(path, expected, got, "lengthen the window, or correct prometheus.scrapeInterval")


def _flapping(path: str, objective: Objective, pair: Pair) -> Problem:
    needed, lasts = Duration.of(slo.bad_time_needed(objective, pair)), slo.value_lasts(objective)
    return Problem(
        path,
        f"an alert that needs more than one bad value ({lasts} of bad slices)",
        f"{pair.name}, which fires after {needed}",
        "shorten the query's range, lengthen the window or lower the objective",
    )
