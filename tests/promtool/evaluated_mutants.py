"""Rules of objectives on what evaluators count that are wrong: the tests must notice each."""

import copy
import re
from collections.abc import Callable

from modelmonitor.plan import names
from promtool.evaluated_worlds import rules
from promtool.runner import Json
from promtool.worlds import Rules


def _each(old: str, new: str | Callable[[re.Match[str]], str], record: str) -> Rules:
    """Replace a pattern in the records whose name begins so."""

    def mutant(wanted: Json) -> list[Json]:
        groups = copy.deepcopy(rules(wanted))
        for rule in (it for group in groups for it in group["rules"]):
            if rule.get("record", "").startswith(record):
                rule["expr"] = re.sub(old, new, rule["expr"])
        return groups

    return mutant


_RATIO, _SLICE = "slo:sli_error", names.BAD_SLICE
MUTANTS: dict[str, Rules] = {
    "within and timed swapped": _each(
        "1 - (sum.*) / on \\(\\) \\((.*) > 0\\)", r"1 - \2 / on () (\1 > 0)", _RATIO
    ),
    "another threshold": _each('threshold="0.1"', 'threshold="1.0"', _RATIO),
    "a rejected request is a bad one": _each("error[|]timeout", "error|timeout|rejected", _RATIO),
    "a rejected request is a good one": _each(',outcome!="rejected"', "", "slo:sli_"),
    "a timeout is no failure": _each("error[|]timeout", "error", _RATIO),
    "an undeclared class that was predicted is right": _each(
        ',[a-z]+!="__other__"|,actual="[a-z]+"(?=,predicted)', "", _RATIO
    ),
    "segments counted beside everything": _each(',segment=""', "", _RATIO),
    "all depths counted": _each(',k="5"', "", _RATIO),
    "series averaged": _each(r"sum\(rate", "avg(rate", _RATIO),
    "ratios of replicas averaged": _each(
        r"^sum(\(rate.*?\)\)) / on \(\) \(sum(.*) > 0\)$",
        r"avg(sum by (pod) \1 / on (pod) (sum by (pod) \2 > 0))",
        _RATIO,
    ),
    "no events are good ones": _each(r"^(.*)$", r"(\1) or vector(0)", _RATIO),
    "a slice without data is good": _each(r"^(.*)$", r"(\1) or vector(0)", _SLICE),
    "a slice that is not a number is good": _each(r"\((.*?) == .*?\)", r"\1", _SLICE),
    "a slice without data is bad": _each(r"^(.*)$", r"(\1) or vector(1)", _SLICE),
    "the bound swapped": _each("([<>]) bool", lambda it: {"<": "> bool", ">": "< bool"}[it[1]], _SLICE),
    "the bound itself is bad": _each("> bool", ">= bool", _SLICE),
    "drift of everything": _each(',on="Prediction"', "", names.SLICE_VALUE),
    "the best column judged": _each("^max", "min", names.SLICE_VALUE),
}
"""Rules that are wrong: each pattern hits what it is about, and nothing else."""
