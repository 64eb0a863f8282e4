"""The ConfigMaps that carry dashboards."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboards import boards, tasks
from modelmonitor.cli.opening import answers
from modelmonitor.plan import Settings, plan
from modelmonitor.wire.config import Task
from preview.example import MONITOR

LABELS = ", ".join(f"label_number_{number}" for number in range(180))
GROUPED = f'sum by ({LABELS}) (rate(http_requests_total{{code="500"}}[{{{{.window}}}}]))'
LARGEST = {
    "timeslices": {"timeslices": {"query": f'min(auc{{job="{"x" * 4000}"}})', "atLeast": 0.8}},
    "groups": {"events": {"error": GROUPED, "total": GROUPED}},
    "latency": {"latency": {"below": "1s", "histogram": "h" * 200, "selector": f'job="{"x" * 1000}"'}},
}


def test_a_plan_carries_a_dashboard_of_each_kind_that_is_asked_for() -> None:
    children = [it for it in boards.planned(MONITOR).manifests if it["kind"] == "ConfigMap"]
    assert [it["metadata"]["name"] for it in children] == [
        "churn-dashboard-executive",
        "churn-dashboard-technical",
        "churn-dashboard-datascience",
        "churn-evaluator",
    ]


def test_a_plan_without_dashboards_carries_none() -> None:
    assert not [
        it
        for it in plan(boards.monitor(boards.availability(), dashboards=None)).manifests
        if it["kind"] == "ConfigMap"
    ]


def names(**spec: Any) -> list[str]:
    """Give the dashboards of a monitor without objectives."""
    return [it["metadata"]["name"].rpartition("-")[2] for it in boards.manifests(boards.monitor(**spec))]


def test_without_objectives_and_evaluators_there_is_nothing_to_show() -> None:
    assert names() == []


def test_a_monitor_without_objectives_shows_its_model() -> None:
    assert names(labels={}) == ["executive", "technical", "datascience"]


def test_business_alone_is_for_those_who_decide() -> None:
    assert names(business=[{"name": "revenue", "query": "sum(revenue)"}]) == ["executive"]


def test_objectives_on_series_of_ones_own_say_nothing_to_data_scientists() -> None:
    dashboards = boards.manifests(boards.monitor(boards.availability()))
    assert [it["metadata"]["name"].rpartition("-")[2] for it in dashboards] == ["executive", "technical"]


def test_the_sidecar_finds_a_dashboard_by_its_label_and_its_folder_by_the_annotation() -> None:
    one = boards.monitor(boards.availability(), dashboards={"kinds": ["Technical"], "folder": "ML"})
    (manifest,) = boards.manifests(one, Settings(folder_annotation="own/folder"))
    assert manifest["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert manifest["metadata"]["labels"]["modelmonitor.dev/monitor"] == "churn"
    assert manifest["metadata"]["annotations"] == {"own/folder": "ML"}


def test_without_a_folder_there_is_no_annotation() -> None:
    assert all(
        "annotations" not in it["metadata"] for it in boards.manifests(boards.monitor(boards.availability()))
    )


def test_file_names_differ_where_namespace_and_name_read_the_same() -> None:
    bodies = [("a-b", "c"), ("a", "b-c")]
    keys = set()
    for namespace, name in bodies:
        one = boards.monitor(boards.availability())
        keys |= {
            key for it in boards.manifests(replace(one, namespace=namespace, name=name)) for key in it["data"]
        }
    assert len(keys) == 4
    assert all(key.startswith("a-b-c-") and key.endswith(".json") for key in keys)


def test_the_uid_of_a_dashboard_never_changes() -> None:
    uids = [dashboard["uid"] for dashboard in boards.read(MONITOR).values()]
    assert uids[:2] == ["mm-3d9185275ba47632aec2a53e450dd8f6", "mm-435cd51a19b673ac2193de0a52778a35"]
    assert all(len(uid) <= 40 for uid in uids)


def test_the_same_monitor_gives_the_same_bytes() -> None:
    assert json.dumps(boards.manifests(MONITOR)) == json.dumps(boards.manifests(MONITOR))


@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_monitor_fits_a_config_map_and_says_what_it_leaves_out(kind: str) -> None:
    one = boards.monitor(
        *({"name": f"{place:02}{'o' * 38}", "objective": 99.9, "sli": LARGEST[kind]} for place in range(50))
    )
    for manifest in boards.manifests(one):
        assert sum(len(key) + len(text.encode()) for key, text in manifest["data"].items()) < 1024 * 1024
    technical = boards.read(one)["churn-dashboard-technical"]
    rows = [panel for panel in technical["panels"] if panel["type"] == "row"]
    assert 0 < len(rows) <= 50
    assert (f"The last {50 - len(rows)} objectives have no details" in technical["description"]) == (
        len(rows) < 50
    )


@pytest.mark.parametrize("length", [20, 240])
def test_five_hundred_features_fit_a_config_map_or_the_choice_says_what_is_left_out(length: int) -> None:
    known = tasks.reference(Task.REGRESSION)
    columns = [replace(known.columns[0], name=f"{place:03} {'ü.' * (length // 2)}") for place in range(495)]
    one = boards.monitor(**tasks.spec(Task.REGRESSION), capture={"maxSeries": 20_000})
    profile = replace(known, columns=(*known.columns, *columns))
    science = list(plan(one, profile=profile).dashboards)[-1]
    assert sum(len(key) + len(text.encode()) for key, text in science["data"].items()) < 1024 * 1024
    (feature,) = [it for it in answers.read(science)["templating"]["list"] if it["name"] == "feature"]
    left_out = len(columns) + len(known.columns) + 1 - len(feature["options"])
    assert (f"The last {left_out} are left out" in feature["description"]) == (left_out > 0) == (length > 20)


def test_the_dashboard_that_alerts_link_to_is_the_technical_one() -> None:
    alerts = [
        rule
        for group in boards.planned(MONITOR).groups
        for rule in group.to_dict()["rules"]
        if "alert" in rule
    ]
    technical = boards.read(MONITOR)["churn-dashboard-technical"]
    assert {alert["annotations"]["dashboard_url"] for alert in alerts} == {f"/d/{technical['uid']}"}
