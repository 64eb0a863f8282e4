"""The installed operator: its own test, an upgrade, and what stays when it goes."""

import pytest

from demo import stack
from demo.session import until
from demo.story import NAMESPACE, Story

pytestmark = pytest.mark.cluster


def restarts(stage: stack.Stage) -> int:
    pods = stage.session.items("pods", stack.SYSTEM, "app.kubernetes.io/name=modelmonitor")
    return sum(one["restartCount"] for pod in pods for one in pod["status"].get("containerStatuses", ()))


def test_no_replica_was_ever_found_sick(stage: stack.Stage):
    assert restarts(stage) == 0


def test_helm_test_passes(stage: stack.Stage):
    assert "Succeeded" in stack.helm(stage, "test", "modelmonitor")


def test_an_upgrade_rolls_the_pods_and_touches_no_child(stage: stack.Stage):
    story = Story(stage)
    story.apply_the_monitor()
    before, pods = story.children(), stage.session.items("pods", stack.SYSTEM)
    stack.operator(stage, {"log.level": "debug"})
    stage.session.run("rollout", "status", "deployment/modelmonitor", "-n", stack.SYSTEM, "--timeout=120s")
    old = {pod["metadata"]["name"] for pod in pods}
    until("a new pod leads", 60, lambda: story.holder() and not any(map(story.holder().startswith, old)))
    until("Ready is True", 30, lambda: story.condition("Ready") == "True")
    assert story.children() == before


def test_uninstalling_the_operator_leaves_monitors_and_rules_in_place(stage: stack.Stage):
    story = Story(stage)
    before = story.children()
    stack.helm(stage, "uninstall", "modelmonitor", "--wait")
    stack.helm(stage, "uninstall", "modelmonitor-crds", "--wait")
    assert story.children() == before
    assert story.groups()


def test_without_an_operator_a_monitor_and_its_namespace_can_be_deleted(stage: stack.Stage):
    story = Story(stage)
    story.delete_the_monitor()
    stage.session.run("delete", "namespace", NAMESPACE, "--timeout=120s")
