"""Argo CD and Flux tell the health of a monitor, and the same of the same state."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.engine import Json
from gitops.health import by_argo_cd, by_flux, flux_expressions
from modelmonitor.report import conditions

ARGO, FLUX = by_argo_cd(), by_flux()
BAD = dict.fromkeys(
    (
        *("Ready", "RulesApplied", "RulesLoaded", "DashboardsApplied", "RoutesApplied", "ReferenceReady"),
        "EvaluatorsInjected",
    ),
    "False",
) | {"EvaluatorsFailing": "True", "OwnershipConflict": "True"}
"""Conditions that mean that what git asks for is not there, and when."""
SILENT = ("DataFlowing", "LabelsFlowing", "Breached", "TrafficEncrypted")
"""Conditions that tell how the model does, or what passes: no deployment fails of them."""
WAITING = ("Waiting", "RollingOut", "Injecting", "Removing", "RolloutWaiting")
STATUSES = ("True", "False", "Unknown")


def state(monitor: Json) -> str:
    told: str = ARGO(monitor)["status"]
    return told


def monitor(*, generation: int = 1, **said: tuple[str, str]) -> Json:
    """Give a monitor of which all is well but for these conditions: status and reason of each."""
    well = {name: ("False" if it == "True" else "True", "Fine") for name, it in BAD.items()}
    told = {**well, **dict.fromkeys(SILENT, ("True", "Fine"))} | said
    listed = [
        {"type": name, "status": status, "reason": reason, "message": f"{name} it is"}
        for name, (status, reason) in told.items()
    ]
    summary = {"health": "Breached", "objectives": "2/3"}
    status = {"observedGeneration": 1, "conditions": listed, "summary": summary}
    return {"metadata": {"generation": generation}, "spec": {}, "status": status}


def test_every_condition_is_either_told_or_left_to_alerts() -> None:
    assert set(conditions.TYPES) <= {*BAD, *SILENT}


def test_a_monitor_that_is_as_git_says_is_healthy_even_if_its_model_breaks_its_promise() -> None:
    assert ARGO(monitor(Breached=("True", "BudgetSpent"))) == {
        "status": "Healthy",
        "message": "Breached, objectives met: 2/3",
    }
    assert FLUX(monitor(Breached=("True", "BudgetSpent"))) == "Healthy"


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("status", STATUSES)
def test_how_the_model_does_is_no_matter(name: str, status: str) -> None:
    told: Any = {name: (status, "NoTraffic")}
    assert (state(monitor(**told)), FLUX(monitor(**told))) == ("Healthy", "Healthy")


@pytest.mark.parametrize("name", BAD)
def test_what_git_asks_for_and_is_not_there_is_degraded_and_says_why(name: str) -> None:
    told: Any = {name: (BAD[name], "SomeReason")}
    assert ARGO(monitor(**told)) == {"status": "Degraded", "message": f"{name} SomeReason: {name} it is"}
    assert FLUX(monitor(**told)) == "Degraded"


@pytest.mark.parametrize("reason", WAITING)
@pytest.mark.parametrize("name", ["RulesLoaded", "EvaluatorsInjected"])
def test_what_is_on_its_way_is_progressing(name: str, reason: str) -> None:
    told: Any = {name: ("Unknown", reason)}
    assert (state(monitor(**told)), FLUX(monitor(**told))) == ("Progressing", "Progressing")


@pytest.mark.parametrize("reason", ["PrometheusNotConfigured", "PrometheusUnavailable", "NotSeen"])
def test_what_may_never_be_known_is_not_waited_for(reason: str) -> None:
    told: Any = {"RulesLoaded": ("Unknown", reason), "EvaluatorsFailing": ("Unknown", reason)}
    assert (state(monitor(**told)), FLUX(monitor(**told))) == ("Healthy", "Healthy")


def test_a_commit_that_the_operator_has_not_seen_is_progressing_whatever_was_told_before() -> None:
    for told in ({}, {"Ready": ("False", "SpecInvalid")}):
        late = monitor(generation=2, **told)
        assert (state(late), FLUX(late)) == ("Progressing", "Progressing")


@pytest.mark.parametrize("status", [None, {}, {"observedGeneration": 1}, {"conditions": []}])
def test_a_monitor_that_nobody_has_seen_is_progressing(status: Json | None) -> None:
    new = {"metadata": {"generation": 1}, "spec": {}} | ({} if status is None else {"status": status})
    assert (state(new), FLUX(new)) == ("Progressing", "Progressing")


def test_a_suspended_monitor_is_suspended_to_argo_cd_and_fine_to_flux_whatever_else_is_left_of_it() -> None:
    resting = monitor(Ready=("Unknown", "Suspended"), RulesLoaded=("False", "NotSelected"))
    assert (state(resting), FLUX(resting)) == ("Suspended", "Healthy")


@given(
    st.fixed_dictionaries(
        {
            name: st.tuples(
                st.sampled_from(STATUSES),
                st.sampled_from(("Fine", "PermissionMissing", *WAITING[:3], "RolloutWaiting")),
            )
            for name in (*BAD, *SILENT)
        }
    ),
    st.sampled_from((1, 2)),
)
def test_both_say_the_same_of_any_state(told: dict[str, tuple[str, str]], generation: int) -> None:
    if told["Ready"][1] != "Fine":
        told["Ready"] = (told["Ready"][0], "Suspended")
    it = monitor(generation=generation, **told)
    assert FLUX(it) == state(it).replace("Suspended", "Healthy" if generation == 1 else "Progressing")


def test_flux_is_asked_about_our_kind() -> None:
    expressions = flux_expressions()
    assert (expressions["apiVersion"], expressions["kind"]) == ("modelmonitor.dev/v1alpha1", "ModelMonitor")
