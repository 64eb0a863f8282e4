"""`modelmonitor status` and `kubectl modelmonitor` beside a real API server."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from apiserver.replica import Space
from apiserver.standing import breached, stand, status
from cli.running import MODELMONITOR, Program
from cluster.control_plane import ControlPlane

pytestmark = pytest.mark.apiserver
Run = Callable[..., subprocess.CompletedProcess[str]]


def ended(command: Sequence[str | Path], **environment: str) -> str:
    """Run a command to its end; give what it printed, which nothing on stderr may go with."""
    given = {**os.environ, **environment}
    found = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in found.stderr, found.stderr
    return found.stdout


@pytest.fixture
def run(tmp_path: Path, space: Space, control_plane: ControlPlane) -> Run:
    """Run a command in the namespace of the test."""
    program = Program(tmp_path, {"KUBECONFIG": str(control_plane.kubeconfig)})

    def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = {"KUBECONFIG": str(control_plane.kubeconfig)}
        return program(*arguments, "-n", space.name, **kubeconfig, **environment)

    return command


def test_every_monitor_is_a_line_that_fits_a_hundred_columns(space: Space, run: Run) -> None:
    stand(space, told=breached())
    stand(space, "fraud-of-cards-that-were-stolen-abroad", told=status())
    stand(space, "new")
    answer = run("status")
    lines = answer.stdout.splitlines()
    assert answer.returncode == 0, answer.stderr
    assert max(map(len, lines)) <= 100
    assert " ".join(lines[0].split()) == "MONITOR READY HEALTH OBJECTIVES BUDGET DRIFT EVALUATORS AGE"
    assert " ".join(lines[1].split()).startswith("churn True breached 0/2 -200% 1 of 2")
    assert "2/3" in lines[1]
    assert lines[2].split()[1:5] == ["True", "met", "1/1", "80%"]
    assert lines[3].split()[:3] == ["new", "-", "unseen"]
    wide = run("status", "-o", "wide").stdout
    assert "fraud-of-cards-that-were-stolen-abroad" in wide
    assert "Deployment/churn" in wide


def test_one_monitor_is_told_with_its_budgets_drift_and_what_is_not_well(space: Space, run: Run) -> None:
    stand(space, told=breached())
    answer = run("status", "churn")
    assert answer.returncode == 0, answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 100
    assert all(line == line.rstrip() for line in answer.stdout.splitlines())
    said = " ".join(answer.stdout.split())
    assert "availability breached 99.7% -200% 40m" in said
    assert "accurate no data NoLabels" in said
    assert "age drift PSI 0.6200 0.2100" in said
    assert said.index("RulesLoaded Unknown Waiting") < said.index("LabelsFlowing False NoLabels")
    assert said.index("LabelsFlowing False NoLabels") < said.index("Breached True BudgetSpent")
    assert "send labels to the evaluators" in said
    assert "evaluators: in 2 of 3 pods" in said
    assert "made: PrometheusRule churn-slo" in said
    assert "Ready True" not in said


def test_colours_are_for_terminals_alone_and_can_be_switched_off(space: Space, run: Run) -> None:
    stand(space, told=breached())
    assert "\x1b[" not in run("status").stdout
    assert "\x1b[" in run("status", FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("status", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in run("status", "--no-color", FORCE_COLOR="1").stdout


def test_programs_get_the_same_as_json_and_yaml(space: Space, run: Run) -> None:
    told = breached()
    stand(space, told=told)
    one = json.loads(run("status", "churn", "-o", "json").stdout)
    assert (one["name"], one["health"], one["well"]) == ("churn", "Breached", False)
    assert one["troubles"][0]["type"] == "RulesLoaded"
    assert one["objectives"] == told["objectives"]
    every = yaml.safe_load(run("status", "-o", "yaml").stdout)
    assert [it["name"] for it in every["monitors"]] == ["churn"]


def test_check_ends_with_three_when_something_is_breached_or_bad(space: Space, run: Run) -> None:
    stand(space, "good", told=status())
    assert run("status", "--check").returncode == 0
    stand(space, told=breached())
    assert run("status", "--check").returncode == 3
    assert run("status", "good", "--check").returncode == 0
    stand(space, "new")
    assert run("status", "new", "--check").returncode == 3


def test_what_is_not_there_or_cannot_be_reached_is_said_in_one_line(space: Space, run: Run) -> None:
    none = run("status", "nobody")
    assert (none.returncode, none.stdout) == (1, "")
    assert f"expected a ModelMonitor 'nobody' in namespace {space.name}, got none" in none.stderr
    assert "there is no ModelMonitor in namespace" in run("status").stderr
    lost = run("status", "--kubeconfig", "/nowhere/config")
    assert lost.returncode == 1
    assert "give --kubeconfig" in lost.stderr


def test_rights_are_those_of_whoever_asks(run: Run, space: Space, control_plane: ControlPlane) -> None:
    refused = run("status", "--kubeconfig", str(control_plane.kubeconfig_of("mia"))).stderr
    assert f"in namespace {space.name}, got 403 for mia; ask for it" in refused
    assert "ServiceAccount" not in refused
    expired = control_plane.kubeconfig.read_text().replace(control_plane.token, "expired")
    (file := control_plane.state / "expired").write_text(expired)
    unknown = run("explain", "churn", "--kubeconfig", str(file)).stderr
    assert "expected credentials that the API takes, got 401; log in, or give another --context" in unknown


def test_a_reader_that_goes_away_ends_a_table_as_it_ends_all_else(
    space: Space, control_plane: ControlPlane
) -> None:
    stand(space, told=breached())
    command = [MODELMONITOR, "status", "-n", space.name, "--kubeconfig", control_plane.kubeconfig]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (141, b"")


def test_where_nothing_is_programs_get_an_empty_list_and_a_gate_stays_shut(run: Run) -> None:
    assert json.loads(run("status", "-o", "json").stdout) == {"monitors": []}
    assert yaml.safe_load(run("status", "-o", "yaml").stdout) == {"monitors": []}
    gate = run("status", "--check")
    assert (gate.returncode, gate.stdout) == (1, "")
    assert "there is no ModelMonitor in namespace" in gate.stderr


def test_a_change_is_shown_while_watching(space: Space, control_plane: ControlPlane) -> None:
    stand(space, told=status())
    command = [MODELMONITOR, "status", "-n", space.name, "-w", "--kubeconfig", control_plane.kubeconfig]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("MONITOR")
        assert " met " in watching.stdout.readline()
        stand(space, told=breached())
        while " breached " not in (line := watching.stdout.readline()):
            assert line
    finally:
        watching.terminate()
        watching.communicate(timeout=20)


def test_kubectl_knows_the_plugin_and_completes_it(space: Space, control_plane: ControlPlane) -> None:
    stand(space, told=status())
    path = f"{MODELMONITOR.parent}:{os.environ['PATH']}"

    def kubectl(*arguments: str) -> str:
        command = [control_plane.binaries / "kubectl", *arguments]
        return ended(command, PATH=path, KUBECONFIG=str(control_plane.kubeconfig))

    assert " met " in kubectl("modelmonitor", "status", "-n", space.name)
    helped = kubectl("modelmonitor", "status", "--help")
    assert helped.startswith("Usage: kubectl modelmonitor status")
    completed = kubectl("__complete", "modelmonitor", "status", "-n", space.name, "ch").splitlines()
    assert "churn" in completed
    assert completed[-1] == ":4"


def test_names_are_completed_from_the_cluster_and_silence_is_no_error(
    space: Space, control_plane: ControlPlane
) -> None:
    stand(space, told=status())

    def complete(words: str, kubeconfig: object) -> list[str]:
        asked = {"_MODELMONITOR_COMPLETE": "bash_complete", "COMP_WORDS": words}
        place = {"COMP_CWORD": str(len(words.split()) - 1), "KUBECONFIG": str(kubeconfig)}
        return [
            line.partition(",")[2] for line in ended([MODELMONITOR], **asked, **place).splitlines() if line
        ]

    words = f"modelmonitor explain -n {space.name} c"
    assert complete(words, control_plane.kubeconfig) == ["churn"]
    assert (
        complete(f"modelmonitor status -n {space.name[:4]}", control_plane.kubeconfig).count(space.name) == 1
    )
    assert complete(words, "/nowhere") == []
