"""Whether users' queries and selectors are PromQL, and measure what their place asks for."""

import re
from collections.abc import Iterator

import promql_parser

from modelmonitor.api.quality import BusinessMetric
from modelmonitor.api.v1alpha1 import Events, Objective
from modelmonitor.errors import Problem
from modelmonitor.plan import promql, query
from modelmonitor.plan.checks import single

_OTHER_TEMPLATE = re.compile(r"\{\{|\$[a-zA-Z_{]")


def problems(path: str, objective: Objective) -> list[Problem]:
    """Return what is wrong with the queries of an objective."""
    return [*_selectors(path, objective), *_queries(path, objective)]


def business(path: str, metric: BusinessMetric) -> Iterator[Problem]:
    """Yield why the query of a business metric does not yield one number."""
    where = f"{path}.query"
    if found := list(_measurement(where, metric.query)):
        yield from found
    elif not single.is_single(promql.parse(metric.query)):
        shown = repr(promql.one_line(metric.query))
        yield Problem(
            where, "one series without labels", shown, "put sum(...), avg(...) or max(...) around it"
        )


def _selectors(path: str, objective: Objective) -> Iterator[Problem]:
    sli = objective.sli
    name = sli.latency.histogram if sli.latency else None
    if name and name.endswith("_bucket"):
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
        yield from _measurement(where, own) or _no_vector(where, own)


def _measurement(where: str, text: str) -> list[Problem]:
    if reason := query.syntax(text):
        return [Problem(where, "PromQL", reason, "correct the query")]
    if query.PLACEHOLDER.search(text):
        remedy = "write its own range, such as [5m]"
        return [Problem(where, "a measurement without {{.window}}", "one with it", remedy)]
    return []


def _no_vector(where: str, text: str) -> Iterator[Problem]:
    if other := promql.not_a_vector(text):
        yield _no_series(where, other)
    elif clash := query.clashes(query.result_labels(text)):
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
