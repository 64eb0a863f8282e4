"""Simulations for promtool: raw series in, and at chosen times what Prometheus must answer."""

import itertools
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from modelmonitor.plan import promql, rulefile
from modelmonitor.plan.rules import Group

Json = dict[str, Any]
MINUTE = Fraction(60)
Labels = Mapping[str, str]
LIMIT = 10_000
"""Most samples that promtool lets one query load; more would fail, or read less than there is."""


@dataclass(frozen=True)
class Ask:
    """A query at a time, in seconds, and the series with values that must come out."""

    expr: str
    at: Fraction
    expected: Mapping[str, float]

    def to_dict(self) -> Json:
        samples = [{"labels": labels, "value": value} for labels, value in self.expected.items()]
        return {"expr": self.expr, "eval_time": seconds(self.at), "exp_samples": samples}


@dataclass
class Simulation:
    """Rules, evaluated in order every `step` over series with samples every `scrape` (or `step`)."""

    groups: Sequence[Group | Json]
    series: Mapping[str, str]
    asks: list[Ask]
    step: Fraction = MINUTE
    alerts: list[Json] = field(default_factory=list)
    scrape: Fraction | None = None

    def to_dict(self, rules: Path) -> Json:
        late = [ask for ask in self.asks if ask.at % self.step]
        assert not late, f"promtool would not load the last samples before {late[0].at} s"
        test = {
            "interval": seconds(self.scrape or self.step),
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [ask.to_dict() for ask in self.asks],
            "alert_rule_test": self.alerts,
        }
        return {
            "rule_files": [rules.name],
            "evaluation_interval": seconds(self.step),
            "group_eval_order": [group["name"] for group in self.rule_dicts()],
            "fuzzy_compare": True,
            "tests": [test],
        }

    def rule_dicts(self) -> list[Json]:
        return [group.to_dict() if isinstance(group, Group) else group for group in self.groups]


@dataclass
class Promtool:
    """The program and the folder for its files."""

    program: Path
    folder: Path
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    def run(self, simulation: Simulation) -> str:
        """Give promtool's complaints; empty when everything is as expected."""
        number = next(iter(self._numbers))
        rules, tests = self.folder / f"{number}.rules.yaml", self.folder / f"{number}.tests.yaml"
        rules.write_text(rulefile.to_yaml({"groups": simulation.rule_dicts()}))
        tests.write_text(yaml.dump(simulation.to_dict(rules), Dumper=yaml.CSafeDumper, sort_keys=False))
        return self.test(tests)

    def test(self, tests: Path) -> str:
        """Run a file of unit tests; promtool's complaints, empty when all pass."""
        done = self._call("test", "rules", tests)
        return "" if done.returncode == 0 and "SUCCESS" in done.stdout else done.stdout + done.stderr

    def check(self, *files: Path, lint: str = "all") -> str:
        """Check rule files; promtool's complaints, empty when there are none."""
        done = self._call("check", "rules", f"--lint={lint}", "--lint-fatal", *files)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def check_groups(self, groups: Sequence[Json]) -> str:
        """Check groups without asking for style."""
        rules = self.folder / f"{next(iter(self._numbers))}.checked.yaml"
        rules.write_text(rulefile.to_yaml({"groups": groups}))
        return self.check(rules, lint="none")

    def _call(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["nice", self.program, *words], capture_output=True, text=True, check=False)


def seconds(time: Fraction) -> str:
    """Write a time as promtool reads it."""
    return f"{promql.number(time)}s"


def counter(*phases: tuple[int, Fraction | float], start: Fraction | float = 0) -> str:
    """Write a counter: one sample, then phases of so many samples that grow by so much each."""
    value, words = Fraction(start), [_number(Fraction(start))]
    for samples, growth in phases:
        if samples > 0:
            first = value + Fraction(growth)
            words.append(f"{_number(first)}+{_number(Fraction(growth))}x{samples - 1}")
            value += samples * Fraction(growth)
    return " ".join(words)


def gauge(*phases: tuple[int, Fraction | float | str]) -> str:
    """Write a gauge that stands at a value for so many samples in each phase; `_` is no sample."""
    return " ".join(_held(value, samples) for samples, value in phases if samples > 0)


def _held(value: Fraction | float | str, samples: int) -> str:
    if value == "NaN":
        return " ".join(["NaN"] * samples)
    return f"_x{samples}" if isinstance(value, str) else f"{_number(Fraction(value))}x{samples - 1}"


def _number(value: Fraction) -> str:
    return promql.number(value)


def firing(alert: str, **labels: str) -> str:
    """Select the firing alerts of a name."""
    return promql.selector("ALERTS", {"alertname": alert, "alertstate": "firing", **labels})
