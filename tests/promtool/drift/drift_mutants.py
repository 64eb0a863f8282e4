"""Rules about drift that are wrong as drift detectors have been wrong: the scenes must notice each."""

import copy
import re
from collections.abc import Callable

from modelmonitor.plan.scope import Scope
from modelmonitor.stats import special
from promtool.drift import monitors
from promtool.drift.monitors import Rules
from promtool.runner import Json

Change = Callable[[Json], None]


def each(record: str, change: Change, **labels: str) -> Rules:
    """Change the rules whose name begins so and that carry these labels."""

    def mutant(of: Scope) -> list[Json]:
        groups = copy.deepcopy(monitors.rules(of))
        for rule in (rule for group in groups for rule in group["rules"]):
            if (
                rule.get("record", rule.get("alert", "")).startswith(record)
                and labels.items() <= rule["labels"].items()
            ):
                change(rule)
        return groups

    return mutant


def swapped(old: str, new: str, field: str = "expr") -> Change:
    """Replace a pattern in a rule."""

    def change(rule: Json) -> None:
        rule[field] = re.sub(old, new, rule[field])

    return change


def _level(alpha: float) -> Change:
    return swapped(r" \+ [0-9.]+ \* sqrt", f" + {-special.normal_quantile(alpha)!r} * sqrt")


def _unlabelled(rule: Json) -> None:
    """Leave the reference out of the records of five minutes, and take them all."""
    rule["labels"].pop("profile", None)
    rule["expr"] = re.sub(r'(increase5m\{[^}]*),profile="[^"]*"', r"\1", rule["expr"])


def _gaps(rule: Json) -> None:
    rule["expr"] = rule["expr"].replace("300 / 360", "1").replace("[6m]", "[5m]")


def _never_kept(rule: Json) -> None:
    rule.pop("keep_firing_for")


def _of_pods(of: Scope) -> list[Json]:
    """Judge each replica by itself, and take the mean of their PSI."""
    groups = copy.deepcopy(monitors.rules(of))
    rules = groups[-1]["rules"]
    place = next(at for at, rule in enumerate(rules) if rule["labels"].get("statistic") == "PSI")
    alone = [
        {**rule, "record": _own(rule["record"], pod), "expr": _own(rule["expr"], pod)}
        for pod in ("churn-0", "churn-1")
        for rule in copy.deepcopy(rules[: place + 1])
    ]
    means = (f"{_own(rules[place]['record'], pod)}" for pod in ("churn-0", "churn-1"))
    rules[place]["expr"] = f"({' + '.join(means)}) / 2"
    groups[-1]["rules"] = [*alone, *rules]
    return groups


def _own(text: str, pod: str) -> str:
    own = re.sub(r"(modelmonitor_feature_\w+\{)", rf'\1pod="{pod}",', text)
    return own.replace("modelmonitor:", f"{pod.replace('-', '_')}:")


CELL, DISTANCE, CRITICAL, EXCESS = (
    f"modelmonitor:{it}" for it in ("feature_cell", "drift:distance", "drift:critical", "drift:excess")
)
MUTANTS: dict[str, Rules] = {
    "1 the tolerance dropped": each(
        "modelmonitor:drift:expected",
        swapped("^modelmonitor:drift:tolerance", "0 * modelmonitor:drift:tolerance"),
    ),
    "1b the tolerance of JS in the unit of PSI": each(
        "modelmonitor:drift:expected", swapped(r"\b8 \*", "1 *")
    ),
    "1c the tolerance of KS dropped": each(
        CRITICAL, swapped(r'(modelmonitor:drift:tolerance\{[^}]*"KS"\})', r"0 * \1")
    ),
    "2 the reference taken for the truth": each(
        "modelmonitor:drift", swapped(r" \+ 1 / \([^()]*> 0\)\)", ")")
    ),
    "3 no cell for what is missing": each("modelmonitor:reference_cell", swapped(r"\}", ',cell!="missing"}')),
    "3b what is missing counted by KS": each(DISTANCE, swapped(r"b\[0-9\]\+", ".*"), statistic="KS"),
    "4 as many degrees of freedom as cells": each(
        "modelmonitor:drift", swapped(r"(clamp_min\([^()]*, 2\)) - 1", r"\1")
    ),
    "5 cells that are empty on both sides counted": each(
        "modelmonitor:drift:cells", swapped("> 0.001", ">= 0")
    ),
    "5b and in JS": each(DISTANCE, swapped("> 0.001", ">= 0"), statistic="JS"),
    "6 a level of .05 at every look": each(CRITICAL, _level(0.05)),
    "6b a level that no number of columns divides": each(CRITICAL, _level(1 / 8640)),
    "7 the mean of the replicas' PSI": _of_pods,
    "7b one replica": each(CELL, swapped(r"sum by \(feature, le\)", "max by (feature, le)")),
    "8 another reference mixed in": each("modelmonitor", swapped(r',profile="[0-9a-f]{10}"', "")),
    "8b and for months in records of five minutes": each(CELL, _unlabelled),
    "8c another namespace mixed in": each(
        "modelmonitor", swapped(r'(modelmonitor_\w+)\{namespace="default",', r"\1{")
    ),
    "9 a verdict on any number of rows": each(EXCESS, swapped(r" >= 20 \*", " >= 0 *")),
    "9b a verdict on what only absurd drift could fail": each(EXCESS, swapped(r" < 2 \* ", " < 99 * ")),
    "9c no verdict without a tolerance": each(EXCESS, swapped(r"([^ ]+) == 0 ", r"\1 == 1 ")),
    "9e sure drift that waits for more rows": each(EXCESS, swapped(r" or [^ ]+ < on [^\n]*\)", ")")),
    "9d a week ago that has no rows": each(
        EXCESS, swapped(r"\nand on \(feature\) \([^\n]*reference_rows[^\n]*", "")
    ),
    "10 half a window": each(CELL, swapped(r"\[1h\]", "[30m]")),
    "10b two windows": each(CELL, swapped(r"\[1h\]", "[2h]")),
    "11 no half row in a cell": each(DISTANCE, swapped(r"\+ 0\.5\)", "+ 0)"), statistic="PSI"),
    "12 buckets taken for cells": each(CELL, swapped(r" \+ 1\nor 0 \* .* - 1\)\n", " + 1)\n")),
    "13 unseen categories left out": each(
        CELL, swapped(r"(modelmonitor_feature_category_total\{)", r'\1category!="__other__",')
    ),
    "14 the present in place of last week": each("modelmonitor:reference_cell", swapped(" offset 7d", "")),
    "15 overlapping records of five minutes": each(CELL, swapped(r"^300 / 360 \*", "1 *")),
    "15b gaps between records of five minutes": each(CELL, _gaps),
    "16 any excess alarms": each("Model", swapped(" > 1$", " > 0")),
    "16b the feature as a label": each("Model", swapped(r"^max\(", "max by (feature) (")),
    "16c flapping": each("Model", _never_kept),
    "17 too few rows taken for no drift": each(
        "modelmonitor:drift:insufficient", swapped(r"^0 \*", "0 / 0 *")
    ),
    "17b names of columns taken for patterns": each("modelmonitor:drift:tolerance", swapped(r"\\\\", "")),
}
