"""Requests through a Service of a cluster, to pods with and without evaluators: failures, latency, memory.

make cluster-up && make bench BENCH=cluster_load        (root)
python3 tests/bench/cluster_load.py [--rate 1000] [--seconds 120] [--slices 4] [--replicas 3]

The same model is there twice, and asked in turns at the same rate, over connections that are kept for a
hundred requests. Requests are sent when they are due, so that a slow answer delays no other one's clock.
Everything runs on the one node of the local cluster: callers, kube-proxy, models and evaluators share it.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "hack")]
from node import model, monitored  # noqa: E402 - from hack/ and tests/, which are no packages
from node.monitored import Monitored, Told  # noqa: E402
from node.namespaces import Namespace, load  # noqa: E402

RESULTS = ROOT / "build" / "bench"
KINDS = {"without": "plain", "with": "churn"}
CLIENTS, EACH = 32, 100
WARM_SECONDS = 5


@contextmanager
def models(replicas: int) -> Iterator[Monitored]:
    """Let the model be there twice, in a namespace that goes with the block."""
    namespace = Namespace(f"bench-{uuid.uuid4().hex[:6]}", load("python-3.13"))
    namespace.kubectl("create", "namespace", namespace.name)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            monitored.operator(namespace, Path(folder)) as here,
        ):
            namespace.apply(model.deployment(namespace.python, "plain", replicas), model.service("plain"))
            monitored.apply(here, model.monitor(capture={"mode": "Proxy"}), replicas)
            here.settled(replicas, "plain")
            yield here
    finally:
        namespace.kubectl("delete", "namespace", namespace.name, "--wait=false")


def ask(here: Monitored, name: str, rate: float, seconds: float) -> Told:
    """Ask for so long."""
    options = ["--rate", str(rate), "--number", str(int(rate * seconds)), "--clients", str(CLIENTS)]
    with monitored.driving(here.address(name), here.folder, *options, "--each", str(EACH)) as callers:
        return callers.told()


def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """Ask both in turns; return the figures of each."""
    told: dict[str, list[Told]] = {kind: [] for kind in KINDS}
    with models(wanted.replicas) as here:
        for name in KINDS.values():
            ask(here, name, wanted.rate, WARM_SECONDS)
        for _ in range(wanted.slices):
            for kind, name in KINDS.items():
                told[kind].append(ask(here, name, wanted.rate, wanted.seconds / wanted.slices))
        memory = [float(it) for it in _memory(here)]
        counted = sum(it["traffic"]["requests"] for it in here.statistics())
    found = {kind: _figures(slices) for kind, slices in told.items()}
    found["with"] |= {"memory": memory, "counted": counted, "expected": int(wanted.rate * WARM_SECONDS)}
    found["with"]["expected"] += found["with"]["answered"]
    return found


def _figures(slices: list[Told]) -> dict[str, Any]:
    taken = sorted(one for told in slices for one in told.milliseconds)
    quantiles = {f"p{share}": taken[int(share / 100 * (len(taken) - 1))] for share in (50, 95, 99, 99.9)}
    failed = Counter(kind for told in slices for _, kind in told.failed)
    each = [told.quantile(0.99) for told in slices]
    return {
        **quantiles, "p99_of_slices": each, "failed": failed, "answered": sum(it.answered for it in slices),
    }  # fmt: skip


def _memory(here: Monitored) -> Iterator[str]:
    """Yield the resident memory of each evaluator, MiB."""
    read = "print(next(int(l.split()[1]) / 1024 for l in open('/proc/1/status') if l.startswith('VmRSS')))"
    for pod in here.pods():
        name = pod["metadata"]["name"]
        yield here.kubectl("exec", name, "-c", "modelmonitor-evaluator", "--", "python", "-c", read)


def table(results: dict[str, Any], wanted: argparse.Namespace) -> str:
    """Write the results for people."""
    asked = f"{wanted.rate:g} requests/s to {wanted.replicas} pods, {wanted.seconds:g} s each"
    columns = "   answered   failed   p50 ms   p95 ms   p99 ms p99.9 ms   p99 of slices"
    lines = [f"{asked:50}{columns}"]
    for kind in KINDS:
        row = results[kind]
        figures = "".join(f"{row[name]:9.2f}" for name in ("p50", "p95", "p99", "p99.9"))
        slices = f"{min(row['p99_of_slices']):.2f}-{max(row['p99_of_slices']):.2f}"
        failed = sum(row["failed"].values())
        lines.append(f"  {kind + ' evaluators':48} {row['answered']:10,} {failed:8}{figures}   {slices}")
    ours = results["with"]
    lines.append(f"  added p99: {ours['p99'] - results['without']['p99']:.2f} ms")
    lines.append(f"  counted {ours['counted']:,} of {ours['expected']:,} answers")
    lines.append(f"  evaluators: {', '.join(f'{it:.0f}' for it in ours['memory'])} MiB resident")
    return "\n".join(lines)


def main() -> None:
    """Measure; print a table, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--slices", type=int, default=4)
    parser.add_argument("--replicas", type=int, default=3)
    wanted = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    results = measure(wanted)
    print(table(results, wanted))
    path = RESULTS / "cluster_load.json"
    path.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
