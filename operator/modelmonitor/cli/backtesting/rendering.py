"""The texts of alerts as Prometheus would have written them: promtool renders their templates.

Each alert that fired becomes a unit test of promtool's: a series with the value and labels of the alert, the
records that its texts ask for as they were at that moment, and the expectation that nothing fires. What
promtool then says it got instead are the texts.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelmonitor.cli.backtesting.alerting import Episode
from modelmonitor.cli.backtesting.evaluation import Fired
from modelmonitor.cli.backtesting.server import Server
from modelmonitor.plan import promql
from modelmonitor.plan.yamltext import to_yaml

MOST = 20
"""Texts of one alert; later ones of it are told by their times alone."""
_WORD = re.compile("[a-zA-Z_:][a-zA-Z0-9_:]*")
_GOT = re.compile(r"^\s+Annotations:\{(.*)\}$")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"')
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """An alert at the moment at which it fired."""

    fired: Fired
    episode: Episode


def scenes(fired: Sequence[Fired]) -> list[Scene]:
    """Return the alerts whose texts are told: the first of each."""
    return [Scene(one, episode) for one in fired for episode in one.episodes[:MOST]]


def render(
    promtool: Path, server: Server, told: Sequence[Scene], names: frozenset[str], folder: Path
) -> list[Texts]:
    """Return the annotations of each scene; none where promtool gives none.

    Parameters
    ----------
    names
        Of everything that a template may ask for.
    """
    if not told:
        return []
    rules = [_rule(number, scene) for number, scene in enumerate(told)]
    tests = [_test(number, scene, server, names) for number, scene in enumerate(told)]
    (folder / "texts.rules.yaml").write_text(to_yaml({"groups": [{"name": "texts", "rules": rules}]}))
    path = folder / "texts.test.yaml"
    path.write_text(to_yaml({"rule_files": ["texts.rules.yaml"], "tests": tests}))
    done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    found = dict(_annotations(done.stdout + done.stderr))
    return [found.get(number, {}) for number in range(len(told))]


def _metric(number: int) -> str:
    return f"modelmonitor_backtest_{number}"


def _rule(number: int, scene: Scene) -> dict[str, Any]:
    """Write the alert over a series of its own, whose name goes as in an expression with an operator."""
    rule = scene.fired.rule
    return {
        "alert": f"{rule.alert}_{number}",
        "expr": f"{_metric(number)} + 0",
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }


def _test(number: int, scene: Scene, server: Server, names: frozenset[str]) -> dict[str, Any]:
    rule, episode = scene.fired.rule, scene.episode
    own = {name: value for name, value in episode.labels if name not in rule.labels}
    series = {promql.selector(_metric(number), own): promql_value(episode.value)}
    for name in sorted(names.intersection(_WORD.findall(" ".join(rule.annotations.values())))):
        for labels, value in server.at(name, episode.start):
            told = {label: text for label, text in labels.items() if label != "__name__"}
            series[promql.selector(name, told)] = promql_value(value)
    return {
        "name": str(number),
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in series.items()],
        "alert_rule_test": [{"eval_time": "0s", "alertname": f"{rule.alert}_{number}", "exp_alerts": []}],
    }


def promql_value(value: float) -> str:
    """Write a number as promtool's series have it."""
    text = repr(float(value))
    return {"nan": "NaN", "inf": "Inf", "-inf": "-Inf"}.get(text, text)


def _annotations(said: str) -> Iterator[tuple[int, Texts]]:
    """Find the annotations of each test in what promtool says."""
    number = -1
    for line in said.split("\n"):
        if found := re.search(r"alertname: .*_([0-9]+), time:", line):
            number = int(found[1])
        if found := _GOT.match(line):
            yield number, {name: _unquoted(text) for name, text in _PAIR.findall(found[1])}


def _unquoted(text: str) -> str:
    """Read what Go's %q writes between quotes."""
    return _ESCAPE.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    return chr(int(code, 16)) if code else _CONTROLS.get(found[4], found[4])
