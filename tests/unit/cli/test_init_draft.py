"""What `init` makes of a workload and its Services: a monitor that is valid, whatever was seen."""

import dataclasses
import re
from typing import Any

import click
import pytest
import yaml

from modelmonitor import api, plan
from modelmonitor.cli.initialising import adding, draft, servers, target
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Metric, Profile

HTTP = {"name": "http", "containerPort": 8080}
NOTHING = Exposed()


def seen(
    port: dict[str, Any],
    image: str,
    to: int | str,
    own: Exposed = NOTHING,
    task: Task | None = None,
    **pod: Any,
) -> Seen:
    """Look at a Deployment and the Service before it."""
    labels = {"app": "churn"}
    container = {"name": "model", "image": image, "ports": [port], **pod.pop("container", {})}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}}
    workload = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "churn", "namespace": "ml"},
        "spec": {"template": template},
    }  # fmt: skip
    selected = {"selector": labels, "ports": [{"port": 80, "targetPort": to}]}
    others = {"selector": {"app": "other"}, "ports": [{"port": 80, "targetPort": 9}]}
    services = [
        {"metadata": {"name": name}, "spec": spec} for name, spec in (("other", others), ("churn", selected))
    ]
    found = target.read(workload, services)
    server = servers.recognised(found.words, found.probed, None)
    return Seen("churn", found, server, own, task)


def spec(found: Seen) -> dict[str, Any]:
    """Return the spec that is written, once it has been found valid."""
    body = yaml.safe_load(draft.draft(found))
    assert plan.check(api.parse(body)) == []
    read: dict[str, Any] = body["spec"]
    return read


@pytest.mark.parametrize(
    ("image", "protocol", "paths"),
    [
        ("seldonio/mlserver:1.7.1-sklearn", "OpenInference", None),
        ("nvcr.io/nvidia/tritonserver:25.01-py3", "OpenInference", None),
        ("kserve/sklearnserver:v0.15.0", "KServeV1", None),
        ("tensorflow/serving:2.19.0", "KServeV1", None),
        ("ghcr.io/mlflow/mlflow:v3.1.0", "MLflow", None),
        ("pytorch/torchserve:0.12.0", "Json", ["/predictions/*"]),
        ("vllm/vllm-openai:v0.10.0", "Json", ["/v1/completions", "/v1/chat/completions"]),
        ("registry.example.com/team/churn:42", "Json", ["/predict"]),
    ],
)
def test_a_server_is_known_by_its_image(image: str, protocol: str, paths: list[str] | None) -> None:
    written = spec(seen(HTTP, image, "http"))
    capture = written["capture"]
    assert (capture["protocol"], capture["port"], capture.get("paths")) == (protocol, "http", paths)


@pytest.mark.parametrize("task", Task)
def test_new_monitors_promise_what_users_expect_of_every_task(task: Task) -> None:
    written = spec(seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=task))
    promised = {it["name"]: (it["objective"], it["sli"]) for it in written["objectives"]}
    assert promised == {
        "availability": (99.9, {"availability": {}}),
        "fast-p95": (95, {"latency": {"below": "100ms"}}),
        "fast-p99": (99, {"latency": {"below": "200ms"}}),
    }
    assert written["model"]["task"] == task.value


def test_what_is_commented_out_is_valid_as_well() -> None:
    text = draft.draft(seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=Task.BINARY))
    quality = text[text.index("  # - name: precision") :].partition("  # drift")[0]
    body = yaml.safe_load(text.replace(quality, re.sub("^( +)# ", r"\1", quality, flags=re.MULTILINE)))
    assert [it["name"] for it in body["spec"]["objectives"]][3:] == ["precision", "recall", "f1"]
    assert plan.check(api.parse(body)) == []


def test_probes_tell_what_an_image_does_not() -> None:
    probe = {"readinessProbe": {"httpGet": {"path": "/v2/health/ready", "port": "http"}}}
    written = spec(seen(HTTP, "registry.example.com/team/churn:42", "http", container=probe))
    assert written["capture"]["protocol"] == "OpenInference"


def test_what_the_server_says_of_itself_counts_more_than_its_image() -> None:
    server = servers.recognised("kserve/sklearnserver", [], {"name": "kserve", "version": "0.15"})
    assert (server.name, server.protocol.value) == ("kserve", "OpenInference")


@pytest.mark.parametrize(
    ("port", "to", "pod", "said"),
    [
        (HTTP, 8080, {}, "let it target the name, targetPort: http"),
        ({"containerPort": 8080}, 8080, {}, "port 8080 has no name"),
        (HTTP, "http", {"hostNetwork": True}, "the host's network"),
        (HTTP, "grpc", {}, "no Service targets port http"),
        ({"name": "https", "containerPort": 8443}, "https", {}, "looks like TLS"),
    ],
)
def test_what_keeps_requests_from_being_captured_is_said_and_left_out(
    port: dict[str, Any], to: int | str, pod: dict[str, Any], said: str
) -> None:
    found = seen(port, "seldonio/mlserver:1.7.1", to, **pod)
    text = draft.draft(found)
    assert said in text
    assert "  # capture: " in text
    written = spec(found)
    assert "capture" not in written
    assert written["objectives"] == []


def test_own_metrics_measure_what_cannot_be_captured() -> None:
    own = Exposed("rest_server_requests_total", "status_code", "rest_server_request_duration_seconds")
    objectives = spec(seen(HTTP, "seldonio/mlserver:1.7.1", 8080, own=own))["objectives"]
    assert objectives[0]["sli"]["availability"] == {
        "counter": "rest_server_requests_total",
        "badSelector": 'status_code=~"5.."',
        "selector": 'job="churn"',
    }
    assert objectives[1]["sli"]["latency"]["histogram"] == "rest_server_request_duration_seconds"


COLUMNS = (Column(name="age", type=ColumnType.NUMERIC, edges=(30.0, 50.0), counts=(30_000, 20_000, 50_000)),)
QUALITY = (Metric(name="Accuracy", value=0.9, rows=100_000),)
PROFILE = Profile(rows=100_000, task=Task.BINARY, columns=COLUMNS, classes=("0", "1"), metrics=QUALITY)


def test_a_first_monitor_says_how_a_reference_is_learnt_from_callers() -> None:
    text = draft.draft(seen(HTTP, "seldonio/mlserver:1.7.1", "http"))
    assert "kubectl create secret generic churn-readers -n ml" in text
    assert "kubectl modelmonitor init deployment/churn -n ml --profile-traffic 10m" in text
    assert yaml.safe_load(text)["spec"]["capture"]["tokenSecretRef"] == {"name": "churn-readers"}
    assert "two steps" not in draft.draft(seen(HTTP, "seldonio/mlserver:1.7.1", 8080))


def test_one_with_a_reference_says_so_only_if_it_is_of_requests_that_were_sent_by_hand() -> None:
    found = seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=Task.BINARY)
    found = dataclasses.replace(found, profile=PROFILE, reference="churn-reference")
    assert "two steps" not in draft.draft(found)
    replayed = draft.draft(dataclasses.replace(found, replayed=True))
    assert "two steps" in replayed
    assert yaml.safe_load(replayed)["spec"]["reference"] == {"configMapRef": {"name": "churn-reference"}}


def test_a_monitor_of_the_cluster_is_told_what_it_lacks_and_what_it_has_stays() -> None:
    found = seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=Task.BINARY)
    first = yaml.safe_load(draft.draft(found))
    first["spec"]["drift"] = {"features": {"tolerate": 0.3}}
    known = dataclasses.replace(found, profile=PROFILE, reference="churn-reference")
    added = yaml.safe_load("\n".join(adding.lines(known, first)))
    assert added.keys() == {"reference", "dataQuality", "labels", "degradation"}
    assert plan.check(api.parse({**first, "spec": {**first["spec"], **added}}), PROFILE) == []
    again = {**first, "spec": {**first["spec"], "reference": added["reference"]}}
    assert adding.lines(known, again) == []


def test_what_a_reference_does_not_allow_is_added_as_a_comment_with_its_reason() -> None:
    found = seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=Task.BINARY)
    few = dataclasses.replace(
        PROFILE, rows=300, columns=(dataclasses.replace(COLUMNS[0], counts=(90, 60, 150)),)
    )
    known = dataclasses.replace(found, profile=few, reference="churn-reference")
    added = adding.lines(known, yaml.safe_load(draft.draft(found)))
    assert any(line.startswith("# drift is not possible yet: spec.drift") for line in added)
    assert "drift" not in yaml.safe_load("\n".join(added))


def test_a_reference_that_an_existing_monitor_cannot_have_is_refused() -> None:
    found = seen(HTTP, "seldonio/mlserver:1.7.1", "http", task=Task.BINARY)
    body = yaml.safe_load(draft.draft(found))
    body["spec"]["model"] = {"task": "Regression"}
    known = dataclasses.replace(found, profile=PROFILE, reference="churn-reference")
    with pytest.raises(click.ClickException, match="the monitor would be refused"):
        adding.lines(known, body)
