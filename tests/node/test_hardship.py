"""What goes wrong around injection: models start, nothing is left half done, and all is healed afterwards."""

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelmonitor import wire
from node import model
from node.inside import eventually, figures
from node.monitored import Json, Monitored, within
from node.namespaces import LOCAL, Namespace, RefusedError, load
from node.operators import define, operating

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes a quarter of an hour"),
]
REPLICAS, KILLS, ASKED = 3, 20, 30
TOLD = {"WebhookUnavailable", "PodsWithoutEvaluator"}
"""What is said of a pod without an evaluator: until the webhook is known to work, and then."""


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
    with operating(here.namespace, tmp_path, here.image) as first:
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
        assert eventually(lambda: said.add(reason(here)) or said & TOLD, 60, 0.1), said
        here.injected(REPLICAS)
        assert set(others) < {it["metadata"]["name"] for it in here.pods()}
        assert eventually(lambda: reason(here) == "Injected")


@pytest.mark.parametrize("broken", ["operator", "python-3.13"])
def test_models_start_though_their_evaluators_crash_or_cannot_be_started(
    here: Monitored, tmp_path: Path, broken: str
) -> None:
    with operating(here.namespace, tmp_path, load(broken)):
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
    steps: tuple[Callable[[], object], ...] = (
        lambda: monitored(here),
        lambda: here.kubectl("set", "env", "deployment/churn", f"VERSION={chance.random()}"),
        lambda: here.kubectl("delete", "modelmonitors", "churn", "--ignore-not-found"),
    )
    with (
        operating(here.namespace, tmp_path, here.image, "--lease-seconds", "5") as one,
        watched(here) as available,
    ):
        for number in range(KILLS):
            steps[number % len(steps)]()
            time.sleep(chance.uniform(0.5, 12))
            one.kill()
            one.start()
        restored(here)
    figures(f"available pods through {KILLS} kills: at least {min(available)} of {REPLICAS}")
    assert min(available) >= REPLICAS - 1
    here.kubectl("set", "env", "deployment/churn", "VERSION-")
    here.settled(REPLICAS)
    kept = json.loads(before)
    for spec in (after := json.loads(content(here)))[1], kept[1]:
        spec["template"]["spec"]["containers"][0].pop("env", None)
    assert after == kept


def restored(here: Monitored) -> None:
    """Let the operator finish: first with a monitor, then without."""
    monitored(here)
    here.injected(REPLICAS)
    here.settled(REPLICAS)
    assert eventually(lambda: reason(here) == "Injected"), here.condition("EvaluatorsInjected")
    here.kubectl("delete", "modelmonitors", "churn")
    assert eventually(lambda: "labels" not in here.get("deployment", "churn")["metadata"], 120)
    here.settled(REPLICAS)
    assert len(bare(here)) == REPLICAS


def others(here: Monitored) -> set[str]:
    """Give the namespaces that somebody uses; what the story leaves when it is over is in nobody's use."""
    items = here.get("namespaces")["items"]
    used = {it["metadata"]["name"] for it in items if it["status"]["phase"] == "Active"} - {"default"}
    left = set() if "demo" in used else {"monitoring", "modelmonitor-system"}
    return {it for it in used - left if not it.startswith("kube-")} - {here.namespace.name}


def started(pod: Json) -> list[str]:
    """Give when each container of a pod that runs was started; empty for one that does not run."""
    kinds = ("initContainerStatuses", "containerStatuses")
    states = (it["state"] for kind in kinds for it in pod["status"].get(kind, []))
    return [str(it.get("running", {}).get("startedAt", "")) for it in states]


def answered(here: Monitored) -> bool:
    """Ask the model through its Service."""
    inputs = [{"name": "age", "shape": [1], "datatype": "FP64", "data": [42]}]
    url = f"http://{here.address('churn')}{model.PATH}"
    with suppress(RefusedError):
        answer = json.loads(within(url, json.dumps({"inputs": inputs}).encode()))
        return bool(answer["outputs"][0]["data"] == [0.42])
    return False


def test_after_a_restart_of_the_node_models_serve_through_their_evaluators(
    here: Monitored, tmp_path: Path
) -> None:
    if used := others(here):
        pytest.skip(f"the node is used by others: {', '.join(sorted(used))}")
    with operating(here.namespace, tmp_path, here.image):
        monitored(here)
        here.injected(REPLICAS)
        here.settled(REPLICAS)
        pods = {it["metadata"]["uid"] for it in here.pods()}
        subprocess.run([*LOCAL, "down"], check=True, capture_output=True)
        stopped = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        subprocess.run([*LOCAL, "up"], check=True, capture_output=True)
        began = time.monotonic()
        anew = lambda: all(min(started(it)) >= stopped for it in here.pods())  # noqa: E731 - else they are stale
        assert eventually(anew, 180), [started(it) for it in here.pods()]
        here.injected(REPLICAS)
        assert eventually(lambda: answered(here))
        took = time.monotonic() - began
        assert {it["metadata"]["uid"] for it in here.pods()} == pods
        before = sum(it["predictions"]["count"] for it in here.statistics())
        assert all(answered(here) for _ in range(ASKED))
        counted = lambda: sum(it["predictions"]["count"] for it in here.statistics()) - before  # noqa: E731
        assert eventually(lambda: counted() == ASKED), counted()
        here.kubectl("scale", "deployment/churn", f"--replicas={REPLICAS + 1}")
        here.injected(REPLICAS + 1)
        both = {"injected": REPLICAS + 1, "pods": REPLICAS + 1}
        status = lambda: here.get("modelmonitors", "churn")["status"]["evaluators"]  # noqa: E731
        assert eventually(lambda: status() == both, 120), status()
        assert reason(here) == "Injected"
    figures(
        f"all {REPLICAS} pods served through their evaluators {took:.1f} s after the node was Ready again"
    )
