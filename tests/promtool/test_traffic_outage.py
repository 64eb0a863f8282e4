"""A model that is down on every pod pages; one pod of three does not, and nobody is missed who never was."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cli.prometheus_with import prometheus_with
from modelmonitor.plan import names, traffic
from promtool import pods
from promtool.pods import counted, fires, scraped
from promtool.runner import MINUTE, Json, Promtool, Simulation, gauge

pytestmark = pytest.mark.promtool

DOWN = names.TARGET_DOWN_ALERT
Pod = tuple[tuple[int, float | str], ...]
"""Whether the model behind it listens, so many minutes each; `_`: it is not scraped."""
UP: Pod = ((200, 1),)


def pod(name: str, listens: Pod) -> dict[str, str]:
    """An evaluator in front of a model."""
    there = tuple((minutes, "_" if state == "_" else 1) for minutes, state in listens)
    return {
        counted("model_up", name): scraped(*listens),
        counted("evaluator_info", name, state="counting"): scraped(*there),
    }


def happening(*listens: Pod, at: dict[int, bool], **more: str) -> Simulation:
    """Let pods come and go; ask at some minutes whether the alert fires."""
    series = pods.together(*(pod(f"p{number}", it) for number, it in enumerate(listens)), more)
    asks = [fires(DOWN, minute * MINUTE, "critical" if down else "") for minute, down in at.items()]
    return Simulation(pods.held(traffic.groups(pods.scope(), pods.LINKS)), series, asks)


ENDS: Pod = ((30, 1), (170, "_"))
CLOSES: Pod = ((30, 1), (170, 0))
RETURNS: Pod = ((30, 1), (30, "_"), (100, 1))
CRASHES: Pod = ((30, 1), *(((7, 0), (1, 1)) * 10))
HALF = {34: False, 36: True}
WORLDS = {
    "all pods vanish": happening(ENDS, ENDS, at={29: False, **HALF, 190: True}),
    "all ports close": happening(CLOSES, CLOSES, at={29: False, **HALF, 190: True}),
    "one port is closed, one pod has vanished": happening(CLOSES, ENDS, at={29: False, **HALF, 190: True}),
    "pods come back": happening(RETURNS, RETURNS, at={**HALF, 59: True, 64: True, 66: False, 150: False}),
    "a model that crashes as soon as it listens": happening(
        CRASHES, CRASHES, at={**HALF, 38: True, 40: True, 46: True, 70: True, 109: True}
    ),
    "one of three vanishes": happening(UP, UP, ENDS, at={40: False, 190: False}),
    "one of three closes": happening(UP, UP, CLOSES, at={40: False, 190: False}),
    "two of three are down": happening(UP, ENDS, CLOSES, at={40: False, 190: False}),
    "pods are replaced one after the other": happening(
        ((60, 1), (140, "_")), ((58, "_"), (142, 1)), at={62: False, 70: False, 190: False}
    ),
    "a pause of four minutes": happening(((30, 1), (4, "_"), (100, 1)), at={33: False, 36: False, 40: False}),
    "a model that was never up loads": happening(((100, 0), (100, 1)), at={50: False, 99: False, 190: False}),
    "a new model loads beside none": happening(
        ((30, 1), (170, "_")), ((31, "_"), (100, 0), (60, 1)), at={36: True, 130: True, 138: False}
    ),
}


@pytest.mark.parametrize("world", WORLDS)
def test_only_a_total_outage_pages(world: str, promtool: Promtool) -> None:
    assert promtool.run(WORLDS[world]) == ""


def test_a_target_that_is_scaled_to_zero_is_not_missed(promtool: Promtool) -> None:
    wanted = {
        'kube_deployment_spec_replicas{namespace="default",deployment="churn"}': gauge((30, 2), (170, 0))
    }
    assert promtool.run(happening(ENDS, at={40: False, 190: False}, **wanted)) == ""
    wanted = {'kube_deployment_spec_replicas{namespace="default",deployment="other"}': gauge((200, 0))}
    assert promtool.run(happening(ENDS, at={40: True}, **wanted)) == ""


def test_evaluators_that_are_not_in_the_way_count_while_they_are_scraped(promtool: Promtool) -> None:
    series = {counted("evaluator_info", state="counting"): scraped((30, 1), (170, "_"))}
    asks = [fires(DOWN, 29 * MINUTE), fires(DOWN, 36 * MINUTE, "critical")]
    assert promtool.run(Simulation(traffic.groups(pods.scope(), pods.LINKS), series, asks)) == ""


MISTAKES = {
    "absent is healthy": (DOWN, r"(?s)^.*$", 'max(modelmonitor_model_up{monitor="churn"}) == 0'),
    "nobody listening is healthy while somebody is scraped": (DOWN, r"max\(modelmonitor_model_up.*? or ", ""),
    "one of three pods is an outage": (DOWN, r"max\(modelmonitor_model_up", "min(modelmonitor_model_up"),
    "one that vanished is an outage": (
        DOWN,
        r"(?s)^.*$",
        "max_over_time(modelmonitor_evaluator_info[1h]) unless modelmonitor_evaluator_info",
    ),
    "what never was is missed": (DOWN, r"(?s)^.*?unless", "vector(1) unless"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str, promtool: Promtool) -> None:
    assert any(pods.dies(promtool, world, MISTAKES[mistake]) for world in WORLDS.values())


def test_the_alert_says_which_of_the_two_it_is(promtool: Promtool) -> None:
    for world, said in (("all ports close", "2 evaluators are scraped"), ("all pods vanish", "No evaluator")):
        simulation = WORLDS[world]
        alert: Json = {
            "eval_time": "60m",
            "alertname": DOWN,
            "exp_alerts": [{"exp_labels": {**pods.IDENTITY, "severity": "critical"}, "exp_annotations": {}}],
        }
        told = promtool.run(Simulation(simulation.groups, simulation.series, [], alerts=[alert]))
        assert f'description="{said}' in told.replace("\\", "")


def test_it_ends_when_a_model_is_missed_for_a_week(promtool: Promtool) -> None:
    day = 24 * 60 * MINUTE
    series = pod("a", ((288, 1), (9 * 288, "_")))
    asks = [fires(DOWN, 7 * day, "critical"), fires(DOWN, 8 * day + 60 * MINUTE)]
    simulation = Simulation(
        traffic.groups(pods.scope(), pods.LINKS), series, asks, 60 * MINUTE, scrape=5 * MINUTE
    )
    assert promtool.run(simulation) == ""


def test_a_prometheus_that_has_just_started_knows_who_was_there(tmp_path: Path) -> None:
    """What is remembered is in its database: an outage that began before a restart goes on after it."""
    now = time.time()
    there = [(now - 7200 + minute * 300, 1.0) for minute in range(15)]
    series = {
        pods.recorded(names.MODEL_UP): there,
        pods.recorded(names.MODEL_UP).replace("churn", "x"): there,
    }
    groups = traffic.groups(pods.scope(), pods.LINKS)[:1]
    with prometheus_with(tmp_path, series, groups) as address:
        deadline = time.monotonic() + 60
        while not (alerts := told(address)) and time.monotonic() < deadline:
            time.sleep(0.2)
    assert [(it["labels"]["alertname"], it["labels"]["monitor"], it["state"]) for it in alerts] == [
        (DOWN, "churn", "pending")
    ]


def told(address: str) -> list[Any]:
    with urllib.request.urlopen(f"{address}/api/v1/alerts", timeout=20) as answer:
        return list(json.load(answer)["data"]["alerts"])
