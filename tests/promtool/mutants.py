"""Rules that are wrong in ways in which real rules have been wrong: the tests must notice each.

Each mutant is the function that makes rules, with one mistake put into what it makes.
"""

import copy
import re
from collections.abc import Callable

from promtool.runner import Json
from promtool.worlds import Rules, rules

Change = Callable[[Json], None]


def each_rule(change: Change, *, alerts: bool = False, record: str = "", group: str = "") -> Rules:
    """Change alerts, or the records whose name begins so, in groups whose name ends so."""

    def mutant(body: Json) -> list[Json]:
        groups = copy.deepcopy(rules(body))
        for rule in (rule for it in groups if it["name"].endswith(group) for rule in it["rules"]):
            if "pair" in rule["labels"] if alerts else rule.get("record", "").startswith(record):
                change(rule)
        return groups

    return mutant


def each_group(change: Change) -> Rules:
    def mutant(body: Json) -> list[Json]:
        groups = copy.deepcopy(rules(body))
        for group in groups:
            change(group)
        return groups

    return mutant


def replaced(old: str, new: str, field: str = "expr") -> Change:
    """Replace a pattern in a field of a rule."""

    def change(rule: Json) -> None:
        rule[field] = re.sub(old, new, rule[field])

    return change


def _swap_windows(rule: Json) -> None:
    terms = rule["expr"].split("\nand ignoring () ")
    rule["expr"] = "\nand ignoring () ".join([terms[1], terms[0], *terms[2:]])


def _swap_factors(rule: Json) -> None:
    """Let the quick page ask for its long window over the short window of the next pair."""
    rule["expr"] = rule["expr"].replace("ratio_rate1h", "ratio_rate30m")


def _no_hold(rule: Json) -> None:
    rule.pop("for", None)


def _threshold_of_objective(rule: Json) -> None:
    share = {"0.144": "14.256", "0.06": "5.94", "0.03": "2.97", "0.01": "0.99"}
    rule["expr"] = re.sub(r"> ([0-9.]+)", lambda found: f"> {share.get(found[1], found[1])}", rule["expr"])


def _drop_long_record(group: Json) -> None:
    group["rules"] = [rule for rule in group["rules"] if rule.get("record") != "slo:sli_error:ratio_rate1h"]


def _factor_as_label(rule: Json) -> None:
    rule["labels"]["burn_rate"] = rule["annotations"].pop("burn_rate")


def _no_namespace(rule: Json) -> None:
    rule["labels"].pop("namespace")
    rule["expr"] = rule["expr"].replace("without (slo_window)", "without (slo_window, namespace)")


def _every_minute(group: Json) -> None:
    if group["name"].endswith("-period"):
        group["interval"] = "1m"


def _numbered(body: Json) -> list[Json]:
    return [group | {"name": f"slo-{number}"} for number, group in enumerate(rules(body))]


def _weeks(body: Json) -> list[Json]:
    groups = copy.deepcopy(rules(body))
    for rule in (rule for group in groups for rule in group["rules"] if "record" in rule):
        rule["record"] = re.sub("28d$", "4w", rule["record"])
    return groups


MUTANTS: dict[str, Rules] = {
    "1 `or` in place of `and`": each_rule(replaced("and ignoring", "or ignoring"), alerts=True),
    "2 long and short window swapped": each_rule(_swap_windows, alerts=True),
    "2b long window of another pair": each_rule(_swap_factors, alerts=True),
    "3 labels of windows not matched": each_rule(
        replaced(r"max without \(slo_window\) |ignoring \(\) ", ""), alerts=True
    ),
    "4 `for` not rendered": each_rule(_no_hold, alerts=True),
    "5 factor 14 in place of 14.4": each_rule(replaced(r"> 0\.144\b", "> 0.14"), alerts=True),
    "5b factor scaled below 1": each_rule(replaced(r"> 0\.01\b", "> 0.0093"), alerts=True),
    "6 threshold from the objective, not the budget": each_rule(_threshold_of_objective, alerts=True),
    "7 1 - ratio / budget bracketed wrongly": each_rule(
        replaced(r"^.*$", "(1 - max without (slo_window) (slo:sli_error:ratio_rate1d)) / 0.1"),
        record="slo:period_error_budget_remaining",
    ),
    "8 burn rate over the period, dead for a month": each_rule(
        replaced("ratio_rate1h", "ratio_rate30d"), alerts=True
    ),
    "9 an alert over a record that nobody records": each_group(_drop_long_record),
    "10 increase() of a recorded gauge": each_rule(
        replaced("sum_over_time", "increase"), record="slo:sli_error", group="-period"
    ),
    "12 no error counter, no data": each_rule(
        replaced(r" or 0 \* [^\n]*?\]\)\)\)", ")"), record="slo:sli_error"
    ),
    "13 NaN recorded without traffic": each_rule(replaced(r" > 0\)", ")"), record="slo:sli_error"),
    "14 total - bad without the selector": each_rule(replaced(r'\{code="500"\}', ""), record="slo:sli_good"),
    "15 no namespace on the alert": each_rule(_no_namespace, alerts=True),
    "17 suffix 4w in place of 28d": _weeks,
    "18 groups named by their position": _numbered,
    "a guard in rates, not in events": each_rule(
        replaced(r"^[0-9]+ \* ", ""), record="slo:sli_total:increase1"
    ),
    "b error and total grouped differently": each_rule(
        replaced(r"sum by \(plan\) \(rate\(requests_total\{", "sum (rate(requests_total{"),
        record="slo:sli_error",
    ),
    "c increments recorded every minute": each_group(_every_minute),
    "d increments over 5m without one scrape more": each_rule(
        replaced(r"\[6m\]", "[5m]"), group="-period", record="slo:sli_"
    ),
    "e NaN slice counted as good": each_rule(
        replaced(r"\(\((.*?)\) == \(.*?\)\)", r"(\1)"), record="slo:sli_slice"
    ),
    "f the factor as a label": each_rule(_factor_as_label, alerts=True),
}
"""Numbered as in the list of mistakes that real generators made; 11 and 16 are no rules (tests/unit)."""
