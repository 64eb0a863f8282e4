"""The installed operator: an upgrade, the end of a monitor, and what stays when the operator goes."""

import json

import pytest

from demo import stack
from demo.monitored import Monitored
from demo.session import MONITORS, until
from demo.story import Story
from demo.workload import NAMESPACE

pytestmark = pytest.mark.cluster

PLAIN = {
    "apiVersion": "modelmonitor.dev/v1alpha1",
    "kind": "ModelMonitor",
    "metadata": {"name": "plain", "namespace": NAMESPACE},
    "spec": {
        "targetRef": {"name": "plain"},
        "model": {"task": "BinaryClassification"},
        "objectives": [
            {
                "name": "available",
                "objective": 99,
                "sli": {
                    "availability": {
                        "counter": "http_requests_total",
                        "badSelector": 'code=~"5.."',
                        "selector": 'job="flights"',
                    }
                },
            }
        ],
    },
}


def restarts(stage: stack.Stage) -> int:
    pods = stage.session.items("pods", stack.SYSTEM, "app.kubernetes.io/name=modelmonitor")
    return sum(one["restartCount"] for pod in pods for one in pod["status"].get("containerStatuses", ()))


def models(stage: stack.Stage) -> set[str]:
    """Give the pods of the model."""
    return {
        one["metadata"]["uid"] for one in stage.session.items("pods", NAMESPACE, "modelmonitor.dev/inject")
    }


def test_no_replica_was_ever_found_sick(stage: stack.Stage):
    assert restarts(stage) == 0


def test_helm_test_passes(stage: stack.Stage):
    assert "Succeeded" in stack.helm(stage, "test", "modelmonitor")


def test_an_upgrade_rolls_the_operator_and_touches_no_child_and_no_model(stage: stack.Stage, story: Story):
    monitor = story.monitor
    before, running = monitor.children(), models(stage)
    pods = stage.session.items("pods", stack.SYSTEM)
    stack.operator(stage, {"log.level": "debug"})
    stage.session.run("rollout", "status", "deployment/modelmonitor", "-n", stack.SYSTEM, "--timeout=120s")
    old = {pod["metadata"]["name"] for pod in pods}
    until("a new pod leads", 60, lambda: monitor.holder() and not any(map(monitor.holder().startswith, old)))
    until("Ready is True", 30, lambda: monitor.condition("Ready") == "True")
    assert monitor.children() == before
    assert models(stage) == running


def test_a_deleted_monitor_leaves_the_model_as_it_was(story: Story):
    story.delete_the_monitor()


def test_uninstalling_the_operator_leaves_monitors_and_rules_in_place(stage: stack.Stage):
    stage.session.apply(json.dumps(PLAIN))
    plain = Monitored(stage.session, NAMESPACE, "plain")
    until("RulesApplied is True", 60, lambda: plain.condition("RulesApplied") == "True")
    before = plain.children()
    stack.helm(stage, "uninstall", "modelmonitor", "--wait")
    stack.helm(stage, "uninstall", "modelmonitor-crds", "--wait")
    assert plain.children() == before


def test_without_an_operator_a_monitor_and_its_namespace_can_be_deleted(stage: stack.Stage):
    plain = Monitored(stage.session, NAMESPACE, "plain")
    stage.session.run("delete", MONITORS, "--all", "-n", NAMESPACE, "--timeout=30s")
    until("every child is gone", 60, lambda: not plain.children())
    stage.session.run("delete", "namespace", NAMESPACE, "--timeout=120s")
