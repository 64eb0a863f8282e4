"""What becomes of `capture`: how evaluators are described, scraped and reached."""

import json
from typing import Any

import pytest

import pods
from modelmonitor import api, plan
from modelmonitor.plan import injection
from modelmonitor.plan.injection import selecting
from modelmonitor.plan.injection.patching import workload_patch
from modelmonitor.wire import reading
from modelmonitor.wire.injection import Injection
from monitors import monitor

SETTINGS = plan.Settings(
    evaluator_image="evaluator:1", evaluator_pull_policy="Never", rule_labels={"release": "a"}
)


def parsed(name: str = "churn", **spec: Any) -> api.ModelMonitor:
    return api.parse(monitor(name, **spec))


def children(of: api.ModelMonitor, settings: plan.Settings = SETTINGS, stopped: str = "") -> dict[str, Any]:
    return {it["kind"]: it for it in plan.plan(of, settings, stopped=stopped).manifests}


def test_webhooks_read_what_the_plan_describes() -> None:
    labels = {"store": {"redis": {"secretRef": {"name": "r"}}}, "tokenSecretRef": {"name": "t"}}
    wanted = parsed(capture={"port": "predict", "tokenSecretRef": {"name": "readers"}}, labels=labels)
    config = children(wanted, stopped="ErrImagePull")["ConfigMap"]
    assert config["metadata"]["name"] == "churn-evaluator"
    described = reading.read(Injection, json.loads(config["data"]["injection.json"]))
    assert described == Injection(
        monitor="churn",
        image="evaluator:1",
        pull_policy="Never",
        port="predict",
        requests={"cpu": "50m", "memory": "64Mi"},
        limits={"memory": "128Mi"},
        config_map="churn-evaluator",
        redis_secret="r",
        token_secret="t",
        reader_secret="readers",
        stopped="ErrImagePull",
    )
    assert described == injection.injection(wanted, SETTINGS, "ErrImagePull")


@pytest.mark.parametrize("mode", ["Sdk", "CloudEvents"])
def test_only_a_proxy_moves_a_port(mode: str) -> None:
    described = injection.injection(parsed(capture={"mode": mode}), SETTINGS)
    assert described is not None
    assert described.port == ""


@pytest.mark.parametrize(
    ("capture", "image"), [(None, "evaluator:1"), ({"injection": "None"}, "evaluator:1"), ({}, "")]
)
def test_nothing_is_described_where_nothing_is_to_be_injected(capture: Any, image: str) -> None:
    wanted = parsed(capture=capture, labels={})
    assert injection.injection(wanted, plan.Settings(evaluator_image=image)) is None
    config = children(wanted, plan.Settings(evaluator_image=image))["ConfigMap"]
    assert set(config["data"]) == {"config.json"}


def test_a_new_image_restarts_no_pod_and_a_new_port_does() -> None:
    newer = plan.Settings(evaluator_image="evaluator:2")
    first, image = (injection.injection(parsed(capture={}), it) for it in (SETTINGS, newer))
    port = injection.injection(parsed(capture={"port": "web"}), SETTINGS)
    threshold = injection.injection(parsed(capture={}, model={"task": "Regression"}, labels={}), SETTINGS)
    assert first is not None
    assert image is not None
    assert port is not None
    assert threshold is not None
    assert first.hash == image.hash == threshold.hash != port.hash


def test_prometheus_scrapes_as_often_as_the_spec_says_and_selects_as_it_selects_rules() -> None:
    prometheus = {"scrapeInterval": "15s", "labels": {"team": "ml"}}
    scraped = children(parsed(capture={}, prometheus=prometheus))["PodMonitor"]
    assert scraped["metadata"]["labels"].items() >= {"release": "a", "team": "ml"}.items()
    assert scraped["spec"] == {
        "selector": {"matchLabels": {"modelmonitor.dev/inject": "churn"}},
        "podMetricsEndpoints": [
            {"port": "mm-http", "path": "/metrics", "interval": "15s", "honorLabels": True}
        ],
    }


@pytest.mark.parametrize("spec", [{"labels": {}}, {"capture": {}, "prometheus": {"output": "ConfigMap"}}])
def test_nothing_is_scraped_for_a_monitor_that_captures_nothing_or_where_no_operator_would_read_it(
    spec: dict[str, Any],
) -> None:
    assert "PodMonitor" not in children(parsed(**spec))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [({"capture": {}, "labels": {}}, True), ({"capture": {}}, False), ({"labels": {}}, False)],
)
def test_senders_of_labels_have_an_address_where_labels_are_waited_for(
    spec: dict[str, Any], expected: bool
) -> None:
    assert ("Service" in children(parsed(**spec))) == expected


def test_that_address_leads_to_pods_with_an_evaluator_alone() -> None:
    service = children(parsed(capture={}, labels={}))["Service"]
    bare = pods.pod()
    assert not selecting.matches({"matchLabels": service["spec"]["selector"]}, bare["metadata"]["labels"])
    added = injection.inject(bare, pods.PROXY, "")["metadata"]["labels"]
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "churn"},
                  "spec": {"template": pods.template()}}  # fmt: skip
    by_hand = workload_patch(deployment, pods.PROXY)["spec"]["template"]["metadata"]["labels"]
    for labels in (added, by_hand):
        assert selecting.matches({"matchLabels": service["spec"]["selector"]}, labels)


@pytest.mark.parametrize(("name", "expected"), [("churn", "churn-evaluator"), ("2nd", "mm-2nd-evaluator")])
def test_the_name_of_that_address_begins_with_a_letter(name: str, expected: str) -> None:
    assert children(parsed(name, capture={}, labels={}))["Service"]["metadata"]["name"] == expected
