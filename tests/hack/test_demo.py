"""The demo breaks things on purpose: it refuses a cluster that somebody else uses."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from demo import stack
from demo.session import Session, StoryError

KUBECTL = """#!/bin/sh
case "$2" in
namespaces) cat {folder}/namespaces ;;
crd) exit {absent} ;;
prometheuses*) cat {folder}/prometheuses ;;
esac
"""


def cluster(folder: Path, namespaces: list[Any], prometheuses: list[Any] | None = None) -> Session:
    """Give a cluster that holds these, by a kubectl that knows them."""
    for name, found in (("namespaces", namespaces), ("prometheuses", prometheuses or [])):
        (folder / name).write_text(json.dumps({"items": [{"metadata": one} for one in found]}))
    kubectl = folder / "kubectl"
    kubectl.write_text(KUBECTL.format(folder=folder, absent=int(prometheuses is None)))
    if prometheuses is not None:
        kubectl.write_text(kubectl.read_text().replace("exit 0", "echo found"))
    kubectl.chmod(kubectl.stat().st_mode | stat.S_IXUSR)
    return Session([kubectl])


def test_an_empty_cluster_and_our_own_are_taken(tmp_path: Path) -> None:
    ours = [{"name": name, "labels": {**stack.OURS, "more": "x"}} for name in stack.NAMESPACES]
    stack.refuse_strangers(cluster(tmp_path, [{"name": "default"}]))
    stack.refuse_strangers(cluster(tmp_path, ours, [{"namespace": "monitoring", "name": "demo"}]))


@pytest.mark.parametrize("name", stack.NAMESPACES)
def test_a_namespace_of_somebody_else_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoryError, match=f"namespace {name}: expected none, or the demo's own"):
        stack.refuse_strangers(cluster(tmp_path, [{"name": name}]))


def test_a_prometheus_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="Prometheus team/k8s: expected none but the demo's"):
        stack.refuse_strangers(cluster(tmp_path, [], [{"namespace": "team", "name": "k8s"}]))


def test_a_cluster_that_does_not_answer_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\necho 'context \"x\" does not exist' >&2\nexit 1\n")
    kubectl.chmod(0o755)
    with pytest.raises(StoryError, match='context "x" does not exist'):
        stack.refuse_strangers(Session([kubectl]))
