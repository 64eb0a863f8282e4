"""Dashboards of monitors made for tests, and what the tests ask of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser

from dashboards import tasks
from modelmonitor.api import ModelMonitor, parse
from modelmonitor.cli.opening import answers
from modelmonitor.plan import Plan, Settings, plan
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.rules import Rule
from modelmonitor.wire.config import Task
from preview import example, history

AVAILABILITY = {
    "availability": {
        "counter": "http_requests_total",
        "badSelector": 'code=~"5.."',
        "selector": 'job="churn"',
    }
}
SPAN = history.Span(1_700_000_000, 1_700_000_000 + 6 * history.HOUR)


def monitor(*specs: Mapping[str, Any], **spec: Any) -> ModelMonitor:
    """Parse a monitor with these objectives and both dashboards, unless the spec says otherwise."""
    body = {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": "churn", "namespace": "ml"},
        "spec": {
            "targetRef": {"name": "churn"},
            "model": {"task": "BinaryClassification"},
            "objectives": [{"name": f"objective-{place}", **one} for place, one in enumerate(specs)],
            "dashboards": {},
            **spec,
        },
    }
    return parse(body)


def availability(objective: float = 99.9, window: str = "30d", **rest: Any) -> dict[str, Any]:
    """Return an objective over the counter of requests."""
    return {"objective": objective, "window": window, "sli": AVAILABILITY, **rest}


def planned(one: ModelMonitor, settings: Settings | None = None) -> Plan:
    """Plan a monitor; its reference is at hand."""
    task = one.spec.model.task
    known = example.profile() if one is example.MONITOR else tasks.reference(task)
    return plan(one, settings, known if one.spec.reference else None)


def evaluated(task: Task) -> ModelMonitor:
    """Parse a monitor that asks for everything that a task has, without objectives."""
    return monitor(**tasks.spec(task))


def rules(one: ModelMonitor, kind: type[Rule]) -> list[Any]:
    """Return the rules of a kind that a monitor's plan has."""
    return [rule for group in planned(one).groups for rule in group.rules if isinstance(rule, kind)]


def manifests(one: ModelMonitor, settings: Settings | None = None) -> list[Manifest]:
    """Plan the dashboards of a monitor."""
    return list(planned(one, settings).dashboards)


def read(one: ModelMonitor) -> dict[str, dict[str, Any]]:
    """Return the dashboards of a monitor by the name of their object."""
    return {manifest["metadata"]["name"]: answers.read(manifest) for manifest in manifests(one)}


def panels(one: ModelMonitor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every panel of every dashboard and where it is."""
    for dashboard in read(one).values():
        for panel in answers.panels(dashboard):
            yield f"{dashboard['title']}: {panel.get('title')}", panel


def expressions(one: ModelMonitor) -> Iterator[tuple[str, str]]:
    """Yield every expression with its variables filled in, and where it is."""
    for dashboard in read(one).values():
        for panel in answers.panels(dashboard):
            values = answers.variables(dashboard, SPAN, answers.step_of(panel, SPAN))
            for target in panel["targets"]:
                place = f"{dashboard['title']}: {panel['title']}: {target['refId']}"
                yield place, answers.filled(target["expr"], values)


def selectors(expression: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the metric and the labels of every selector in an expression."""
    waiting = [promql_parser.parse(expression)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, promql_parser.MatrixSelector):
            waiting.append(part.vector_selector)
        elif isinstance(part, promql_parser.VectorSelector):
            yield part.name, {it.name: it.value for it in part.matchers.matchers}
        elif isinstance(part, promql_parser.Call):
            waiting += part.args
        else:
            inside = (getattr(part, name, None) for name in ("expr", "lhs", "rhs", "param"))
            waiting += [it for it in inside if it is not None]
