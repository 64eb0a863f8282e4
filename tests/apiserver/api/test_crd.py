"""Our CustomResourceDefinition does on a real API server what it is written for."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from apiserver.rest import CRDS, MONITORS, Rest
from cluster.control_plane import ControlPlane
from modelmonitor.api import parse
from modelmonitor.api.crd import crd, to_yaml
from modelmonitor.api.status import (
    Condition,
    ConditionStatus,
    ModelMonitorStatus,
    ObjectiveState,
    ObjectiveStatus,
    Summary,
)
from monitors import EVENTS, Json, monitor, objective, pair, specs

pytestmark = pytest.mark.apiserver
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def stored(api: Rest, body: Json) -> Json:
    answer = api.create(MONITORS, body)
    assert answer.accepted, answer.message
    spec: Json = answer.body["spec"]
    return spec


LISTS = {"objectives", "fairness", "business", "overrides"}


def outside_lists(spec: Json) -> Json:
    return {name: value for name, value in spec.items() if name not in LISTS}


def test_the_definition_is_accepted_as_it_is_without_a_warning(api: Rest) -> None:
    definition = crd()
    definition["metadata"]["name"] = "modelmonitors.another.example"
    definition["spec"]["group"] = "another.example"
    answer = api.create(CRDS, definition)
    assert answer.accepted, answer.message
    assert answer.warning == ""


def test_kubectl_applies_the_yaml_and_waits_for_it(
    control_plane: ControlPlane, api: Rest, tmp_path: Path
) -> None:
    path = str(tmp_path / "crd.yaml")
    Path(path).write_text(to_yaml())
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", path)
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", path)
    conditions = api.send("GET", f"{CRDS}/modelmonitors.modelmonitor.dev").body["status"]["conditions"]
    assert {it["type"]: it["status"] for it in conditions}["Established"] == "True"
    assert not [it for it in conditions if it["type"] == "NonStructuralSchema" and it["status"] == "True"]


def test_the_yaml_is_the_definition_and_small_enough_for_any_kubectl() -> None:
    assert yaml.safe_load(to_yaml()) == crd()
    assert len(json.dumps(crd())) < 262_144 / 2


def test_kubectl_knows_the_short_name_and_the_category(control_plane: ControlPlane, api: Rest) -> None:
    called = "modelmonitor.modelmonitor.dev/called\n"
    api.apply(MONITORS, monitor("called"))
    assert control_plane.kubectl("get", "mm", "called", "-o", "name") == called
    assert called in control_plane.kubectl("get", "monitoring", "-o", "name")


def test_kubectl_explains_every_field(control_plane: ControlPlane, api: Rest) -> None:
    deadline, explained = time.monotonic() + 30, ""
    while not explained and time.monotonic() < deadline:  # the OpenAPI document follows a little later
        explained = control_plane.kubectl("explain", "mm.spec.objectives.window", check=False)
    assert "Period of the error budget, rolling, from 1h to 92d." in " ".join(explained.split())


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"prometheus": {}},
        {"prometheus": None, "dashboards": None, "suspend": None, "objectives": None},
        {"prometheus": {"scrapeInterval": "15s", "labels": {"release": "prom", "gone": None}}},
        {"dashboards": {}},
        {"dashboards": {"folder": "ML", "kinds": None}},
        {"targetRef": {"name": "a", "kind": "StatefulSet"}, "objectives": [objective()]},
        {"model": {"task": "Ranking", "rankingDepths": [3]}, "labels": {}, "dataQuality": {}},
        {"drift": {}, "degradation": {"warning": "7%"}, "reference": {"configMapRef": {"name": "r"}}},
        {"drift": {"features": {"statistic": "KS"}, "prediction": None}, "degradation": None},
    ],
    ids=str,
)
def test_the_api_server_fills_in_what_parse_fills_in_beside_optional_blocks(api: Rest, spec: Json) -> None:
    found = stored(api, monitor(**spec))
    read = parse(monitor(**spec)).spec.model_dump(mode="json", exclude_none=True)
    assert outside_lists(found) == outside_lists({**read, **optional(spec)})


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs)
def test_what_is_stored_means_what_was_written(api: Rest, spec: Json) -> None:
    found = stored(api, monitor(**spec))
    read = parse(monitor(**spec)).spec
    assert parse(monitor(**found)).spec == read
    whole = {**read.model_dump(mode="json", exclude_none=True), **optional(spec)}
    assert blocks(found) == blocks(whole)


def optional(spec: Json) -> Json:
    """Give the blocks of a spec that may be left out: the API server adds nothing to them."""
    required = {"targetRef", "model", "prometheus", *LISTS}
    return {name: said(it) for name, it in spec.items() if isinstance(it, dict) and name not in required}


def said(value: Any) -> Any:
    """Leave out what is null."""
    if not isinstance(value, dict):
        return value
    return {name: said(it) for name, it in value.items() if it is not None}


def blocks(spec: Json) -> Any:
    """Give the names of all fields outside lists."""
    if not isinstance(spec, dict):
        return None
    return {name: blocks(value) for name, value in outside_lists(spec).items()}


def test_nothing_is_added_inside_lists_so_that_gitops_tools_see_no_difference(api: Rest) -> None:
    quality = objective("accurate", sli={"quality": {"metric": "RocAuc", "atLeast": 0.8}})
    written = monitor(
        "no-diff",
        objectives=[objective(sli=EVENTS), objective("paired", window="28d", pairs=[pair()]), quality],
        drift={"overrides": [{"feature": "age", "tolerate": 0.1}]},
        fairness=[{"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8}],
        business=[{"name": "revenue_per_user", "query": "sum(a)"}],
    )
    api.apply(MONITORS, written)
    found = api.send("GET", f"{MONITORS}/no-diff").body
    for name in ("objectives", "fairness", "business"):
        assert found["spec"][name] == written["spec"][name]
    assert found["spec"]["drift"]["overrides"] == written["spec"]["drift"]["overrides"]
    again = api.apply(MONITORS, written)
    assert again["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]
    assert again["metadata"]["generation"] == 1


def test_two_who_apply_different_objectives_do_not_undo_each_other(api: Rest) -> None:
    api.apply(MONITORS, monitor("shared", objectives=[objective("first")]))
    second = {**monitor("shared"), "spec": {"objectives": [objective("second")]}}
    api.send("PATCH", f"{MONITORS}/shared", second, kind="apply-patch+yaml", fieldManager="another")
    found = api.send("GET", f"{MONITORS}/shared").body
    assert [it["name"] for it in found["spec"]["objectives"]] == ["first", "second"]


def status(**fields: Any) -> Json:
    ready = Condition(
        type="Ready",
        status=ConditionStatus.TRUE,
        reason="AsExpected",
        message="fine",
        last_transition_time=NOW,
    )
    steady = ObjectiveStatus(
        name="steady", state=ObjectiveState.MET, sli=99.97, budget_remaining=0.4, since=NOW
    )
    told = ModelMonitorStatus(
        observed_generation=1,
        conditions=(ready,),
        objectives=(steady,),
        adaptations=("none",),
        summary=Summary(health="Met", objectives="1/1", budget="40%", drift="none"),
    )
    return told.to_object() | fields


def report(api: Rest, name: str, told: Json) -> Any:
    current = api.send("GET", f"{MONITORS}/{name}").body
    return api.send("PUT", f"{MONITORS}/{name}/status", current | {"status": told}, fieldValidation="Strict")


def test_the_status_is_printed_in_columns(control_plane: ControlPlane, api: Rest) -> None:
    api.apply(MONITORS, monitor("reported"))
    answer = report(api, "reported", status())
    assert answer.accepted, answer.message
    assert answer.body["status"] == status()
    assert answer.body["metadata"]["generation"] == 1
    header, row = control_plane.kubectl("get", "mm", "reported").splitlines()
    assert header.split() == ["NAME", "READY", "HEALTH", "OBJECTIVES", "BUDGET", "DRIFT", "AGE"]
    assert row.split()[:6] == ["reported", "True", "Met", "1/1", "40%", "none"]


def test_the_api_server_adds_nothing_to_a_status(api: Rest) -> None:
    api.apply(MONITORS, monitor("sparse"))
    sparse = {"conditions": status()["conditions"]}
    assert report(api, "sparse", sparse).body["status"] == sparse
    assert report(api, "sparse", {"summary": {}}).body["status"] == {"summary": {}}


def test_the_spec_and_the_status_cannot_change_each_other(api: Rest) -> None:
    created = api.apply(MONITORS, monitor("apart") | {"status": status()})
    assert "status" not in created
    told = api.send("PUT", f"{MONITORS}/apart/status", created | {"spec": {}, "status": status()})
    assert told.accepted, told.message
    assert told.body["spec"] == created["spec"]


LONG = status()["conditions"][0]
ONE = status()["objectives"][0]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"conditions": [LONG | {"message": "m" * 1025}]}, "may not be more than 1024 bytes"),
        ({"conditions": [LONG | {"status": "Maybe"}]}, 'supported values: "True", "False", "Unknown"'),
        ({"conditions": [LONG | {"reason": "R" * 33}]}, "may not be more than 32 bytes"),
        ({"conditions": [LONG, LONG]}, "Duplicate value"),
        ({"conditions": [LONG | {"type": f"C{n}"} for n in range(21)]}, "must have at most 20 items"),
        ({"conditions": [LONG | {"lastTransitionTime": "today"}]}, "must be of type date-time"),
        (
            {"objectives": [ONE | {"state": "Fine"}]},
            'supported values: "Met", "AtRisk", "Breached", "NoDa',
        ),
        ({"objectives": [ONE | {"name": f"o{n}"} for n in range(51)]}, "must have at most 50 items"),
        ({"objectives": [ONE, ONE]}, "Duplicate value"),
        ({"adaptations": ["x"] * 51}, "must have at most 50 items"),
        ({"adaptations": ["x" * 201]}, "may not be more than 200 bytes"),
        ({"children": [{"kind": "ConfigMap", "name": "a"}]}, "hash: Required value"),
        ({"summary": {"health": "h" * 33}}, "may not be more than 32 bytes"),
        ({"observedGeneration": "1"}, "must be of type integer"),
        ({"episode": {}}, 'unknown field "status.episode"'),
    ],
    ids=lambda it: str(it)[:60],
)
def test_a_status_over_its_bounds_is_refused(api: Rest, fields: Json, complaint: str) -> None:
    api.apply(MONITORS, monitor("bounded"))
    answer = report(api, "bounded", status(**fields))
    assert not answer.accepted
    assert complaint in answer.message
