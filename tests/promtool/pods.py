"""Pods with evaluators, and the groups of one monitor's rules about them; mutants of these."""

import copy
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from modelmonitor import api
from modelmonitor.plan import alerts, promql
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.names import METRIC_PREFIX
from monitors import monitor
from promtool.runner import Ask, Json, Promtool, Simulation, firing

LINKS = alerts.Links("", "https://example.com")
IDENTITY = {"namespace": "default", "monitor": "churn"}
MODEL = {"task": "BinaryClassification"}


def scope(**spec: Any) -> Scope:
    """Hold a monitor without a reference against nothing; scraped every minute, as the simulations are."""
    body = monitor(**({"model": MODEL, "labels": {}, "prometheus": {"scrapeInterval": "1m"}} | spec))
    return Scope.of(api.parse(body), None)


def counted(short: str, pod: str = "a", **labels: str) -> str:
    """Name a series of one pod's evaluator; `class_` is the label `class`."""
    own = {label.rstrip("_"): value for label, value in labels.items()}
    return promql.selector(METRIC_PREFIX + short, {**IDENTITY, "pod": pod, **own})


def recorded(record: str, **labels: str) -> str:
    """Name a series of the monitor's records, as promtool writes it."""
    return promql.selector(record, {**IDENTITY, **labels})


def fires(alert: str, at: float, severity: str = "", **labels: str) -> Ask:
    """Ask whether an alert fires at a time; it does not without a severity."""
    expected = {firing(alert, **IDENTITY, severity=severity, **labels): 1.0} if severity else {}
    return Ask(firing(alert), Fraction(at), expected)


def told(at: Fraction, record: str, expected: Mapping[str, float], label: str = "") -> list[Ask]:
    """Ask whether a record has exactly these values, to 1e-9 of each, by one of its labels."""
    series = {recorded(record, **({label: of} if label else {})): value for of, value in expected.items()}
    off = [f"abs({it} - {value!r}) <= bool {max(abs(value), 1e-3) * 1e-9!r}" for it, value in series.items()]
    return [
        Ask(f"count({record})", at, {"{}": len(series)} if series else {}),
        *(Ask(f"sum({it})", at, {"{}": 1}) for it in off),
    ]


def mutant(groups: list[Json], rule: str, old: str, new: str) -> list[Json]:
    """Put a mistake into the rules of a name."""
    changed = copy.deepcopy(groups)
    for one in (one for group in changed for one in group["rules"]):
        if rule in (one.get("record"), one.get("alert")):
            one["expr"] = re.sub(old, new, one["expr"])
    assert changed != groups, "it is no mutant"
    return changed


def dies(promtool: Promtool, simulation: Simulation, mistake: tuple[str, str, str]) -> bool:
    """Tell whether a scenario notices a mistake that is no mistake of syntax."""
    groups = mutant(simulation.rule_dicts(), *mistake)
    assert promtool.check_groups(groups) == "", "it dies of its syntax, which proves nothing"
    broken = Simulation(
        groups, simulation.series, simulation.asks, simulation.step, simulation.alerts, simulation.scrape
    )
    return promtool.run(broken) != ""


def scraped(*phases: tuple[int, float | str]) -> str:
    """Write a gauge of a pod that is there and not (`_`) for so many samples: going leaves a stale marker."""
    words = []
    for number, (samples, value) in enumerate(phases):
        if value == "_" and number:
            words += ["stale", f"_x{samples - 1}"]
        else:
            words.append(f"_x{samples}" if value == "_" else f"{value}x{samples - 1}")
    return " ".join(words)


def held(groups: Any) -> list[Json]:
    """Write groups as Prometheus reads them."""
    return [group.to_dict() for group in groups]


def together(*parts: Mapping[str, str]) -> dict[str, str]:
    """Put series together."""
    return {name: values for part in parts for name, values in part.items()}
