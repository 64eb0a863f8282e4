"""How the operator does with many monitors: time to the last status, memory, sockets, the cost of silence.

python3 tests/bench/many_monitors.py [--references] [--pods] [MONITORS...]     default: 1000 5000

With --references, every monitor watches drift against a reference of its own, of 50 features and half a MiB,
and a Prometheus tells how far each feature is. With --pods, every monitor captures, and has a Deployment that
is marked already, of three pods with evaluators.
"""

import argparse
import functools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "operator"), str(ROOT / "hack"), str(ROOT / "tests")]

import progress  # noqa: E402
import references  # noqa: E402
import tools  # noqa: E402
from apiserver.metrics import Records  # noqa: E402
from apiserver.replica import Replica, Space, monitor  # noqa: E402
from apiserver.rest import Rest  # noqa: E402
from apiserver.workloads import Workloads  # noqa: E402
from cluster.control_plane import ControlPlane  # noqa: E402
from modelmonitor import api, plan  # noqa: E402
from modelmonitor.plan import injection  # noqa: E402
from modelmonitor.wire.config import Task  # noqa: E402
from modelmonitor.wire.profile import Column, ColumnType, Profile  # noqa: E402

NAMESPACES = 20
IMAGE = "evaluator:1"
BUDGET_MIB = {1000: 150, 5000: 256}
QUIET_SECONDS = 60.0
ARGUMENTS = ("--lease-namespace", "default", "--resync", "60")


@dataclass(frozen=True)
class Result:
    """What was measured for one number of monitors."""

    monitors: int
    cold_seconds: float
    visits_per_second: float
    cold_cpu_seconds: float
    peak_mib: float
    quiet_mib: float
    sockets: int
    quiet_cpu_percent: float
    restart_seconds: float
    restart_writes: int
    restart_peak_mib: float

    @property
    def most_mib(self) -> float:
        """The most memory that either process took."""
        return max(self.peak_mib, self.restart_peak_mib)


@dataclass(frozen=True)
class Fleet:
    """How many monitors there are, and what each of them has."""

    count: int
    references: bool
    pods: bool

    @property
    def arguments(self) -> tuple[str, ...]:
        """Arguments of the operator."""
        return (*ARGUMENTS, "--evaluator-image", IMAGE) if self.pods else ARGUMENTS


def main() -> int:
    """Measure, print, and fail when the memory is over budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("monitors", nargs="*", type=int, default=[1000, 5000])
    parser.add_argument("--references", action="store_true")
    parser.add_argument("--pods", action="store_true")
    asked, results = parser.parse_args(), []
    for count in asked.monitors:
        with (
            tempfile.TemporaryDirectory() as folder,
            ControlPlane(Path(folder), tools.binary("kube").parent) as cluster,
        ):
            fleet = Fleet(count, references=asked.references, pods=asked.pods)
            results.append(measure(cluster, Path(folder), fleet))
        say(json.dumps(asdict(results[-1]), indent=2))
    over = [one for one in results if one.most_mib > BUDGET_MIB.get(one.monitors, float("inf"))]
    for one in over:
        budget, most = BUDGET_MIB[one.monitors], one.most_mib
        print(f"{one.monitors} monitors: expected at most {budget} MiB, also after a restart, got {most:g}")
    return 1 if over else 0


def measure(cluster: ControlPlane, folder: Path, fleet: Fleet) -> Result:
    """Create the monitors first, then start the operator into them, watch it idle, and restart it."""
    rest = Rest(cluster)
    kinds = [tools.crds() / f"monitoring.coreos.com_{it}.yaml" for it in ("prometheusrules", "podmonitors")]
    for file in (ROOT / "crds/modelmonitor.dev_modelmonitors.yaml", *kinds):
        rest.define(yaml.safe_load(file.read_text()))
    create(cluster, fleet)
    with told(folder, fleet) if fleet.references else nullcontext(fleet.arguments) as arguments:
        return watch(cluster, folder, fleet.count, arguments, children(fleet) * fleet.count)


def watch(cluster: ControlPlane, folder: Path, count: int, arguments: tuple[str, ...], writes: int) -> Result:
    """Measure the operator, which makes so many writes."""
    progress.say(f"{count} monitors are there; the operator starts")
    replica = Replica(folder, cluster.kubeconfig, "one", arguments)
    cold, _ = settle(replica, "child_writes_total", writes)
    cpu = cpu_seconds(replica.pid)
    peak, sockets = memory_mib(replica.pid, "VmHWM"), open_sockets(replica.pid)
    progress.say(f"{count} monitors: all visited after {cold:.1f} s; now {QUIET_SECONDS:.0f} s of silence")
    time.sleep(QUIET_SECONDS)
    quiet, idle = memory_mib(replica.pid, "VmRSS"), cpu_seconds(replica.pid) - cpu
    peak = max(peak, memory_mib(replica.pid, "VmHWM"))
    replica.stop()
    progress.say(f"{count} monitors: restarting the operator")
    again = Replica(folder, cluster.kubeconfig, "two", arguments)
    restart, written = settle(again, 'reconciles_total{result="ok"}', count)
    after = memory_mib(again.pid, "VmHWM")
    again.stop()
    return Result(count, round(cold, 1), round(count / cold, 1), round(cpu, 1), peak, quiet, sockets,
                  round(100 * idle / QUIET_SECONDS, 1), round(restart, 1), written, after)  # fmt: skip


@contextmanager
def told(folder: Path, fleet: Fleet) -> Iterator[tuple[str, ...]]:
    """Serve what evaluators of all monitors count; give the arguments of an operator that asks for it."""
    records = Records("")
    for number in range(fleet.count):
        records.namespace, name = f"team-{number % NAMESPACES}", f"model-{number}"
        for feature in range(50):
            records.drift(f"feature-{feature}", feature / 40, name)
        records.evaluate(large_profile().hash, "counting", "pod", name)
    with records.scraped(folder, every="30s") as prometheus:
        yield (*fleet.arguments, "--prometheus-url", prometheus.url)


def create(cluster: ControlPlane, fleet: Fleet) -> None:
    """Create the monitors, three objectives and two dashboards each, in twenty namespaces."""
    for number in range(NAMESPACES):
        cluster.kubectl("create", "namespace", f"team-{number}")
    rest = Rest(cluster)
    for number in range(fleet.count):
        create_one(rest, number, fleet)
        if number % 500 == 499:
            progress.say(f"created {number + 1} of {fleet.count} monitors")


def create_one(rest: Rest, number: int, fleet: Fleet) -> None:
    core = f"/api/v1/namespaces/team-{number % NAMESPACES}/configmaps"
    monitors = f"/apis/modelmonitor.dev/v1alpha1/namespaces/team-{number % NAMESPACES}/modelmonitors"
    name = f"model-{number}"
    objects = [(core, references.config_map(large_profile(), name))] if fleet.references else []
    for path, body in (*objects, (monitors, one_of(name, fleet))):
        answer = rest.create(path, body, dry_run=False)
        if not answer.accepted:
            raise SystemExit(answer.message)
    if fleet.pods:
        create_pods(rest, f"team-{number % NAMESPACES}", one_of(name, fleet))


def create_pods(rest: Rest, namespace: str, body: dict[str, Any]) -> None:
    """Create what the operator would have marked, and three pods as heavy as pods are."""
    name = body["metadata"]["name"]
    space = Space(rest.control_plane, rest, namespace)
    workloads = Workloads(space)
    target = {"apiVersion": "apps/v1", **workloads.deploy(name)}
    wanted = injection.injection(api.parse(body), plan.Settings(evaluator_image=IMAGE))
    assert wanted is not None
    marks = {"fieldManager": "modelmonitor", "force": "true"}
    path = space.path("Deployment", name)
    rest.send(
        "PATCH",
        path,
        {**injection.marks({"kind": "Deployment", **target}, wanted)},
        kind="apply-patch+yaml",
        **marks,
    )
    workloads.rolled(name)
    environment = [{"name": f"VARIABLE_{number}", "value": "x" * 60} for number in range(40)]
    sidecar = {
        "name": "modelmonitor-evaluator",
        "image": IMAGE,
        "restartPolicy": "Always",
        "env": environment,
    }
    for number in range(3):
        about = {"name": f"{name}-{number}", "labels": {"app": name, "modelmonitor.dev/inject": name}}
        spec = {"initContainers": [sidecar], "containers": [{"name": "model", "image": "model"}]}
        answer = rest.create(space.path("Pod"), {"metadata": about, "spec": spec}, dry_run=False)
        if not answer.accepted:
            raise SystemExit(answer.message)


ROOMY = {"maxSeries": 20_000}
"""The profile that fills its ConfigMap has 5,000 cells."""


def one_of(name: str, fleet: Fleet) -> dict[str, Any]:
    """Give a monitor, with a reference of its own name."""
    latency = {"below": "100ms", "histogram": "http_request_duration_seconds", "selector": 'job="churn"'}
    watching = {"reference": {"configMapRef": {"name": name}}, "drift": {}, "dataQuality": {}}
    capture = {**({} if fleet.pods else {"injection": "None"}), **(ROOMY if fleet.references else {})}
    more = {
        **(watching if fleet.references else {}),
        **({"capture": capture} if fleet.pods or fleet.references else {}),
    }
    body = monitor(name, dashboards={"kinds": ["Executive", "Technical"]}, **more)
    body["spec"]["objectives"] += [
        {"name": "fast", "objective": 99, "sli": {"latency": latency}},
        {"name": "ranks-well", "objective": 95, "sli": {"timeslices": {"query": "avg(auc)", "atLeast": 0.8}}},
    ]
    return body


@functools.cache
def large_profile() -> Profile:
    """Give a reference of 50 features with 50 long categories each, a little below what is allowed."""
    categories = tuple(f"{number:02}{'x' * 185}" for number in range(50))
    columns = tuple(
        Column(
            name=f"feature-{number}", type=ColumnType.CATEGORICAL, categories=categories, counts=(999,) * 51
        )
        for number in range(50)
    )
    return Profile(rows=50_000, task=Task.BINARY, classes=("0", "1"), columns=columns)


def children(fleet: Fleet) -> int:
    """Count what the operator makes of one monitor."""
    body = one_of("model", fleet)
    profile = large_profile() if fleet.references else None
    return len(plan.plan(api.parse(body), None, profile).manifests)


def settle(replica: Replica, series: str, total: int) -> tuple[float, int]:
    """Start, and wait until a counter gets there; give the seconds and the writes of children."""
    began = time.monotonic()
    replica.start()
    while _total(replica, series) < total:
        if replica.exit_code() is not None or time.monotonic() - began > 900:
            raise SystemExit(f"the operator did not get through:\n{replica.log[-2000:]}")
        time.sleep(0.2)
    return time.monotonic() - began, int(_total(replica, "child_writes_total"))


def _total(replica: Replica, series: str) -> float:
    text = replica.ask("/metrics")
    found = [line for line in text.splitlines() if line.startswith(f"modelmonitor_operator_{series}")]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def memory_mib(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024, 1)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_sockets(pid: int) -> int:
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found += str(link.readlink()).startswith("socket:")
    return found


if __name__ == "__main__":
    sys.exit(main())
