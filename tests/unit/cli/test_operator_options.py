"""The options of `modelmonitor operator`, on the command line and in the environment."""

from typing import Any

import pytest
from click.testing import CliRunner

from modelmonitor.cli import main
from modelmonitor.handlers import operator as running
from modelmonitor.handlers.options import Options


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """What the operator would have been started with."""
    found: list[Options] = []

    async def run(options: Options) -> None:
        found.append(options)

    monkeypatch.setattr(running, "run", run)
    return found


def call(*arguments: str, **environment: str) -> Any:
    return CliRunner(env=environment).invoke(main, ["operator", *arguments])


def test_without_options_all_namespaces_are_watched(started: list[Options]) -> None:
    assert call().exit_code == 0
    (options,) = started
    assert options.scopes == (None,)
    assert (options.lease_seconds, options.resync, options.port) == (15, 60, 8080)
    assert options.plan_settings.runbooks.startswith("https://")


def test_every_process_has_a_name_of_its_own(started: list[Options]) -> None:
    call()
    call()
    assert started[0].identity != started[1].identity


def test_options_reach_the_plan(started: list[Options]) -> None:
    assert call(
        *("--watch-namespace", "a", "--watch-namespace", "b", "--bind", "[::1]:81", "--resync", "5"),
        *("--rule-label", "release=kps", "--rule-label", "team=ml", "--grafana-url", "http://g"),
    ).exit_code == 0  # fmt: skip
    (options,) = started
    assert (options.scopes, options.host, options.port) == (("a", "b"), "::1", 81)
    assert options.plan_settings.rule_labels == {"release": "kps", "team": "ml"}
    assert options.plan_settings.grafana_url == "http://g"


def test_the_environment_says_the_same(started: list[Options]) -> None:
    given = {
        "MODELMONITOR_OPERATOR_WATCH_NAMESPACE": "a b",
        "MODELMONITOR_OPERATOR_LEASE_SECONDS": "30",
        "MODELMONITOR_OPERATOR_RULE_LABEL": "release=kps",
        "MODELMONITOR_OPERATOR_BIND": "127.0.0.1:9",
    }
    assert call(**given).exit_code == 0
    (options,) = started
    assert (options.namespaces, options.lease_seconds, options.port) == (("a", "b"), 30, 9)
    assert options.rule_labels == {"release": "kps"}


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--bind", "8080", "expected HOST:PORT such as 0.0.0.0:8080, got '8080'"),
        ("--bind", "a:70000", "expected HOST:PORT"),
        ("--rule-label", "release", "expected KEY=VALUE such as release=prometheus, got 'release'"),
        ("--lease-seconds", "1", "1 is not in the range"),
        ("--resync", "0", "0.0 is not in the range"),
    ],
)
def test_a_wrong_value_is_refused(started: list[Options], option: str, value: str, said: str) -> None:
    answer = call(option, value)
    assert answer.exit_code == 2
    assert said in answer.output
    assert started == []


@pytest.mark.parametrize(
    "argument",
    [
        "--watch-namespace=A/b",
        "--watch-namespace=",
        "--lease-namespace=ML",
        "--prometheus-url=prometheus:9090",
        "--grafana-url=http://",
        "--runbooks-url=",
        "--webhook-url=https://a:b",
        "--resync=nan",
    ],
)
def test_what_could_never_work_is_refused_before_anything_starts(
    started: list[Options], argument: str
) -> None:
    answer = call(argument)
    assert (answer.exit_code, started) == (2, [])
    assert "expected " in answer.stderr
