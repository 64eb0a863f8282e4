"""`modelmonitor generate --sidecar`: the patch for those who add the evaluator themselves."""

from typing import Any

import pytest
import yaml

import pods
from cli.running import Program
from monitors import monitor


def workload(server: str = "mlserver", **about: Any) -> dict[str, Any]:
    metadata = {"name": "churn", **about}
    spec = {"selector": {"matchLabels": {"app": "churn"}}, "template": pods.template(server)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


OURS = monitor(capture={"injection": "None", "resources": {"requests": {"cpu": "1", "memory": "80Mi"}}})
IMAGE = ("--evaluator-image", "evaluator:1")


def test_the_patch_goes_to_stdout_alone_and_says_how_to_use_it(modelmonitor: Program, write) -> None:
    write("churn.yaml", OURS)
    write("deployment.yaml", {"kind": "Service"}, workload(namespace="default"))
    ended = modelmonitor("generate", "churn.yaml", "--sidecar", "deployment.yaml", *IMAGE)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "kubectl patch deployment churn --namespace default --patch-file" in ended.stdout
    patch = yaml.safe_load(ended.stdout)
    template = patch["spec"]["template"]
    assert template["metadata"]["labels"] == {
        "modelmonitor.dev/inject": "churn",
        "modelmonitor.dev/evaluator": "churn",
    }
    (model,) = template["spec"]["containers"]
    assert model["ports"] == [
        {"containerPort": 8080, "name": "http-model"},
        {"containerPort": 9465, "name": "http", "protocol": "TCP"},
    ]
    (sidecar,) = template["spec"]["initContainers"]
    assert (sidecar["image"], sidecar["resources"]["requests"]["memory"]) == ("evaluator:1", "80Mi")
    assert sidecar["env"][0]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['pod-template-hash']"


@pytest.mark.parametrize(
    "arguments", [("--sidecar", "deployment.yaml"), IMAGE], ids=["no image", "no workload"]
)
def test_a_patch_needs_the_workload_and_an_image(modelmonitor: Program, write, arguments) -> None:
    write("churn.yaml", OURS)
    write("deployment.yaml", workload())
    ended = modelmonitor("generate", "churn.yaml", *arguments)
    assert ended.returncode == 2
    assert "--sidecar and --evaluator-image need each other" in ended.stderr


@pytest.mark.parametrize(
    ("of", "target"),
    [
        (OURS, workload() | {"metadata": {"name": "fraud"}}),
        (OURS, workload(namespace="shop")),
        (monitor(), workload()),
        (OURS, {"kind": "Service"}),
    ],
    ids=["another name", "another namespace", "no capture", "no workload"],
)
def test_a_file_without_the_target_of_a_monitor_that_captures_is_refused(
    modelmonitor: Program, write, of: Any, target: Any
) -> None:
    write("churn.yaml", of)
    write("deployment.yaml", target)
    ended = modelmonitor("generate", "churn.yaml", "--sidecar", "deployment.yaml", *IMAGE)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "expected the target of one monitor with spec.capture in deployment.yaml, got 0" in ended.stderr


def test_what_stands_against_an_evaluator_is_said(modelmonitor: Program, write) -> None:
    write("churn.yaml", OURS)
    host = pods.template(pods.spec("bare") | {"hostNetwork": True})
    write("deployment.yaml", workload() | {"spec": {"template": host}})
    ended = modelmonitor("generate", "churn.yaml", "--sidecar", "deployment.yaml", *IMAGE)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "got hostNetwork: true" in ended.stderr


def test_a_workload_that_has_its_evaluator_gets_no_second_one(modelmonitor: Program, write) -> None:
    write("churn.yaml", OURS)
    there = pods.spec("bare") | {"initContainers": [{"name": "modelmonitor-evaluator", "image": "theirs"}]}
    write("deployment.yaml", workload() | {"spec": {"template": pods.template(there)}})
    ended = modelmonitor("generate", "churn.yaml", "--sidecar", "deployment.yaml", *IMAGE)
    assert ended.returncode == 1
    assert "expected no container modelmonitor-evaluator, got one" in ended.stderr
