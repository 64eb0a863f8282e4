"""Processor and memory of real pods, as the kubelet of the local node measures them.

Thorough: the alert fires after half an hour.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running import MODELMONITOR
from modelmonitor import wire
from modelmonitor.plan import names
from node import inside, model, monitored
from node.inside import Prometheus, eventually
from node.monitored import Json, Monitored
from node.namespaces import Namespace, kubeconfig

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes half an hour"),
]

BUSY = "import time; kept = bytearray(80 << 20)\nwhile True: pass"
"""Takes all of its processor, and 80 MiB beside what Python takes."""
CORES, MEMORY = "100m", "96Mi"


def busy(here: Namespace) -> Json:
    """A model that works hard beside its work."""
    found = model.deployment(here.python)
    hard = {
        "name": "busy",
        "image": here.python,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", BUSY],
        "resources": {"limits": {"cpu": CORES, "memory": MEMORY}},  # asked for, too: others are busy
    }
    found["spec"]["template"]["spec"]["containers"].append(hard)
    return found


@pytest.fixture(scope="module")
def here(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    with monitored.operator(namespace, tmp_path_factory.mktemp("operator")) as found:
        namespace.apply(
            model.config_map("reference", {wire.KEY_PROFILE: monitored.reference()}),
            busy(namespace),
            model.service(),
            model.monitor(capture={"mode": "Proxy"}),
        )
        found.injected(1)
        found.settled(1)
        yield found


@pytest.fixture(scope="module")
def prometheus(here: Monitored, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("rules")
    about = {"name": "churn", "namespace": here.namespace.name}
    source = {**model.monitor(capture={"mode": "Proxy"}), "metadata": about}
    (folder / "monitor.json").write_text(json.dumps(source))
    (folder / "reference.json").write_text(monitored.reference())
    command = [MODELMONITOR, "generate", folder / "monitor.json", "--reference", folder / "reference.json"]
    subprocess.run(
        [*command, "--format", "prometheus", "-o", folder / "out"], check=True, capture_output=True
    )
    rules = sorted((folder / "out").glob("*.rules.yaml"))
    assert rules
    with inside.prometheus(
        folder / "prometheus", kubeconfig(), here.namespace.name, *rules, interval=10.0
    ) as it:
        yield it


def share(prometheus: Prometheus, resource: str) -> float:
    return prometheus.value(f'{names.RESOURCE}{{resource="{resource}"}}')


def test_the_worst_container_of_a_real_pod_is_held_against_its_limit(prometheus: Prometheus) -> None:
    assert eventually(lambda: share(prometheus, "cpu") > 0.75 and share(prometheus, "memory") > 0.8, 420, 5)
    cpu, memory = share(prometheus, "cpu"), share(prometheus, "memory")
    used = prometheus.value('max(container_memory_working_set_bytes{container="busy"})')
    assert memory == pytest.approx(used / (96 << 20), abs=0.02)
    assert 0.75 < cpu < 1.2
    assert prometheus.ask("kube_pod_container_resource_limits") == [], "limits came from the cgroups alone"
    assert prometheus.ask(f'{names.RESOURCE}{{resource=~"gpu.*"}}') == []
    inside.figures(f"shares of the limit: cpu {cpu:.2f}, memory {memory:.2f}")


def test_the_evaluators_own_container_is_measured_beside_the_models(
    here: Monitored, prometheus: Prometheus, tmp_path: Path
) -> None:
    own = f'container="{wire.EVALUATOR}",namespace="{here.namespace.name}"'
    used = f"max(container_memory_working_set_bytes{{{own}}})"
    rest = prometheus.value(used)
    with monitored.driving(here.address("churn"), tmp_path, "--rate", "100", "--number", "3000") as callers:
        assert callers.told().failed == []
    eventually(lambda: prometheus.value(used) > rest, 40, 5)
    loaded = prometheus.value(used)
    assert 0 < rest < loaded < 128 << 20
    (pod,) = here.pods()
    (sidecar,) = (it for it in pod["status"]["initContainerStatuses"] if it["name"] == wire.EVALUATOR)
    assert sidecar["restartCount"] == 0
    inside.figures(
        f"evaluator: {rest / 2**20:.0f} MiB at rest, {loaded / 2**20:.0f} MiB after 3,000 predictions"
    )


def test_the_alert_of_resources_fires_after_a_quarter_of_an_hour(prometheus: Prometheus) -> None:
    alert = f'count by (resource) (ALERTS{{alertname="{names.RESOURCES_ALERT}",alertstate="firing"}})'

    def told() -> set[str]:
        return {it["metric"]["resource"] for it in prometheus.ask(alert)}

    assert eventually(lambda: told() == {"cpu", "memory"}, 1500, 5)
