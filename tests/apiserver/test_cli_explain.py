"""`modelmonitor explain` beside a real API server, with a real Prometheus and without any."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tools
from apiserver.replica import Space
from apiserver.standing import breached, stand, status
from cli.prometheus_with import prometheus_with
from cli.running import Program
from cluster.control_plane import ControlPlane

pytestmark = [pytest.mark.apiserver, pytest.mark.promtool]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, space: Space, control_plane: ControlPlane) -> Run:
    """Explain a monitor in the namespace of the test."""

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = {"KUBECONFIG": str(control_plane.kubeconfig)}
        return Program(tmp_path)("explain", *arguments, "-n", space.name, **kubeconfig)

    return command


@pytest.fixture
def prometheus(tmp_path: Path, space: Space) -> Iterator[str]:
    """A Prometheus that saw an outage of the monitor's requests in the last minutes."""
    tools.paths(["prometheus", "promtool"])
    now = int(time.time())
    own = f'slo_id="{space.name}/churn/availability",slo_name="availability",monitor="churn"'
    own += f',namespace="{space.name}"'
    alert = f'{own},alertname="ModelSLOErrorBudgetBurn",severity="critical",pair="page-quick"'
    values = {
        f'ALERTS{{alertstate="firing",{alert}}}': 1.0,
        f"ALERTS_FOR_STATE{{{alert}}}": now - 600.0,
        f"slo:period_error_budget_remaining:ratio{{{own}}}": -2.25,
    }
    ratios = {"5m": 0.03, "30m": 0.002, "1h": 0.03, "6h": 0.03}
    for window, ratio in ratios.items():
        values[f'slo:sli_error:ratio_rate{window}{{{own},slo_window="{window}"}}'] = ratio
    times = range(now - 240, now + 241, 30)
    series = {name: [(float(at), value) for at in times] for name, value in values.items()}
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with prometheus_with(folder, series) as url:
        yield url


def test_causes_come_before_effects_with_the_numbers_of_prometheus(
    space: Space, run: Run, prometheus: str
) -> None:
    stand(space, told=breached())
    answer = run("churn", "--prometheus", prometheus)
    assert answer.returncode == 0, answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 100
    said = " ".join(answer.stdout.split())
    assert said.startswith(f"churn in {space.name} is breached: the error budget is spent of availability")
    in_order = [
        "WHY",
        "RulesLoaded Unknown Waiting",
        "LabelsFlowing False NoLabels",
        "Breached True BudgetSpent",
        "ALERTS critical ModelSLOErrorBudgetBurn availability page-quick fires since 10m",
        "OBJECTIVES availability breached: 99.7% were good, -225.0% of the budget is left",
        "page-quick (critical): burns 30 times too fast over 1h, 30 times too fast over 5m; alerts above",
        "page-slow (critical): burns 30 times too fast over 6h, 2 times too fast over 30m; alerts above 6",
        "ticket-quick (warning): burns at an unknown rate over 1d",
        "DRIFT age: PSI 0.6200, 3.0 times the critical 0.2100, of 5,400 rows",
        "SILENT accurate NoLabels: no mature prediction has a label",
        "NEXT 1. ModelSLOErrorBudgetBurn (availability) fires: https://modelmonitor.dev/runbooks/",
        "LabelsFlowing: send labels to the evaluators under their ids",
        f"look at it: kubectl modelmonitor open churn -n {space.name}",
    ]
    places = [said.find(part) for part in in_order]
    assert -1 not in places, in_order[places.index(-1)] + "\n" + answer.stdout
    assert places == sorted(places)


def test_programs_get_which_pairs_burn(space: Space, run: Run, prometheus: str) -> None:
    stand(space, told=breached())
    found = json.loads(run("churn", "--prometheus", prometheus, "-o", "json").stdout)
    pairs = {it["pair"]: (it["exceeds"], it["over_long"]) for it in found["burning"]}
    assert pairs["page-quick"] == (True, pytest.approx(30))
    assert pairs["page-slow"] == (False, pytest.approx(30))
    assert pairs["ticket-slow"] == (False, None)
    assert found["alerts"][0]["firing"] is True
    assert found["prometheus"] == prometheus
    assert found["causes"][0]["type"] == "RulesLoaded"


def test_without_a_prometheus_the_status_is_told_and_how_to_name_one(space: Space, run: Run) -> None:
    stand(space, told=breached())
    answer = run("churn")
    assert answer.returncode == 0
    said = " ".join(answer.stdout.split())
    assert "availability breached: 99.7% were good, -200.0% of the budget is left" in said
    assert "give its address with --prometheus, such as http://127.0.0.1:9090 after" in said
    away = " ".join(run("churn", "--prometheus", "http://127.0.0.1:9").stdout.split())
    assert (
        "no numbers of Prometheus: http://127.0.0.1:9/api/v1/query: expected an answer of Prometheus" in away
    )


def test_a_monitor_that_is_well_or_new_says_so(space: Space, run: Run) -> None:
    stand(space, "good", told=status())
    assert " is well: every objective is met" in " ".join(run("good").stdout.split())
    stand(space, "new")
    assert "no operator has looked at it yet" in " ".join(run("new").stdout.split())
