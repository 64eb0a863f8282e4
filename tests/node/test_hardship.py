"""What goes wrong around injection: models start, nothing is left half done, and all is healed afterwards."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import tools
from apiserver.replica import Replica
from modelmonitor import wire
from node import model
from node.inside import eventually, figures
from node.monitored import Monitored
from node.namespaces import Namespace, RefusedError
from node.operators import define, load, operating, operator

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes a quarter of an hour"),
]
REPLICAS, KILLS = 3, 20
SYSTEM = {"default", "kube-node-lease", "kube-public", "kube-system"}


@pytest.fixture(scope="module")
def evaluator() -> str:
    return load("evaluator")


@pytest.fixture
def here(namespace: Namespace, tmp_path: Path, evaluator: str) -> Iterator[Monitored]:
    """A model of three pods without a monitor; all of it goes at the end."""
    define(namespace)
    reference = model.config_map("reference", {wire.KEY_PROFILE: json.dumps(model.REFERENCE)})
    namespace.apply(reference, model.deployment(namespace.python, replicas=REPLICAS), model.service())
    found = Monitored(namespace, tmp_path, evaluator)
    found.settled(REPLICAS)
    yield found
    for kind in ("modelmonitors", "deployments"):
        namespace.kubectl("delete", kind, "--all", "--timeout=60s")


def monitored(here: Monitored) -> None:
    here.namespace.apply(model.monitor(capture={}))


def content(here: Monitored) -> str:
    """Give what people write of the Deployment, byte for byte."""
    found = here.get("deployment", "churn")
    return json.dumps([found["metadata"].get("labels"), found["spec"]])


def bare(here: Monitored) -> list[str]:
    return [it["metadata"]["name"] for it in here.pods() if "initContainers" not in it["spec"]]


def reason(here: Monitored, kind: str = "EvaluatorsInjected") -> str:
    return str(here.condition(kind).get("reason", ""))


def test_pods_start_while_the_webhook_is_down_and_get_their_evaluators_afterwards(
    here: Monitored, tmp_path: Path
) -> None:
    with operating(here.namespace, tmp_path, "--evaluator-image", here.image) as first:
        monitored(here)
        here.injected(REPLICAS)
        here.settled(REPLICAS)
        first.kill()
        victim, *others = (it["metadata"]["name"] for it in here.pods())
        began = time.monotonic()
        here.kubectl("delete", "pod", victim, "--wait=false")
        assert eventually(lambda: len(bare(here)) == 1, 60)
        here.settled(REPLICAS)
        figures(f"a pod was replaced without a webhook in {time.monotonic() - began:.1f} s")
        first.start()
        said: set[str] = set()
        assert eventually(lambda: said.add(reason(here)) or "PodsWithoutEvaluator" in said, 60, 0.1), said
        here.injected(REPLICAS)
        assert set(others) < {it["metadata"]["name"] for it in here.pods()}
        assert eventually(lambda: reason(here) == "Injected")


@pytest.mark.parametrize("broken", ["operator", "python-3.13"])
def test_models_start_though_their_evaluators_crash_or_cannot_be_started(
    here: Monitored, tmp_path: Path, broken: str
) -> None:
    with operating(here.namespace, tmp_path, "--evaluator-image", load(broken)):
        monitored(here)
        found = {"operator": "CrashLoop", "python-3.13": "ContainerCreation"}[broken]
        assert eventually(lambda: reason(here, "EvaluatorsFailing") == found, 180), here.condition(
            "EvaluatorsFailing"
        )
        here.settled(REPLICAS)
        assert len(bare(here)) == REPLICAS
        here.kubectl("rollout", "restart", "deployment/churn")
        here.settled(REPLICAS)
        assert len(bare(here)) == REPLICAS


@contextmanager
def watched(here: Monitored) -> Iterator[list[int]]:
    """Note how many pods of the model are available until the end of the block."""
    seen: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            with suppress(RefusedError):
                seen.append(here.get("deployment", "churn")["status"].get("availableReplicas", 0))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def test_an_operator_that_is_killed_again_and_again_ends_where_it_should(
    here: Monitored, tmp_path: Path
) -> None:
    before, chance = content(here), random.Random(20)
    one = operator(here.namespace, tmp_path, "--evaluator-image", here.image, "--lease-seconds", "5")
    steps: tuple[Callable[[], object], ...] = (
        lambda: monitored(here),
        lambda: here.kubectl("set", "env", "deployment/churn", f"VERSION={chance.random()}"),
        lambda: here.kubectl("delete", "modelmonitors", "churn", "--ignore-not-found"),
    )
    with watched(here) as available:
        for number in range(KILLS):
            one.start()
            steps[number % len(steps)]()
            time.sleep(chance.uniform(0.5, 12))
            one.kill()
        restored(here, one)
    figures(f"available pods through {KILLS} kills: at least {min(available)} of {REPLICAS}")
    assert min(available) >= REPLICAS - 1
    here.kubectl("set", "env", "deployment/churn", "VERSION-")
    here.settled(REPLICAS)
    kept = json.loads(before)
    for spec in (after := json.loads(content(here)))[1], kept[1]:
        spec["template"]["spec"]["containers"][0].pop("env", None)
    assert after == kept
    assert one.stop() == 0


def restored(here: Monitored, one: Replica) -> None:
    """Let the operator finish: first with a monitor, then without."""
    one.start()
    monitored(here)
    here.injected(REPLICAS)
    here.settled(REPLICAS)
    assert eventually(lambda: reason(here) == "Injected"), here.condition("EvaluatorsInjected")
    here.kubectl("delete", "modelmonitors", "churn")
    assert eventually(lambda: "labels" not in here.get("deployment", "churn")["metadata"], 120)
    here.settled(REPLICAS)
    assert len(bare(here)) == REPLICAS


def test_after_a_restart_of_the_node_models_have_their_evaluators(here: Monitored, tmp_path: Path) -> None:
    names = here.get("namespaces")["items"]
    others = {it["metadata"]["name"] for it in names} - SYSTEM - {here.namespace.name}
    if others:
        pytest.skip(f"the node is used by others: {', '.join(sorted(others))}")
    local = [sys.executable, str(Path(tools.__file__).parent / "cluster" / "local.py")]
    with operating(here.namespace, tmp_path, "--evaluator-image", here.image):
        monitored(here)
        here.injected(REPLICAS)
        pods = {it["metadata"]["uid"] for it in here.pods()}
        subprocess.run([*local, "down"], check=True, capture_output=True)
        subprocess.run([*local, "up"], check=True, capture_output=True)
        here.injected(REPLICAS)
        same = pods & {it["metadata"]["uid"] for it in here.pods()}
        figures(f"{len(same)} of {REPLICAS} pods are the same after the restart")
        assert eventually(lambda: reason(here) == "Injected", 120)
