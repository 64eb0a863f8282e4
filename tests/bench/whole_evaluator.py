"""The whole evaluator: predictions/s through the proxy, what it adds to latency, memory, start, scrapes.

python3 tests/bench/whole_evaluator.py [--runs 5] [--seconds 4]

The evaluator runs on one core; wrk and the model, which answers the same bytes to everything, on the others.
Every prediction has 20 numeric features and a score, is counted against a reference, and its id is remembered
for a label. `per core` divides what was counted by the CPU that the evaluator used.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pacing

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "hack")]
from evaluator import models, running  # noqa: E402 - from tests/, which is no package

RESULTS = ROOT / "build" / "bench"
PATH = "/v2/models/m/infer"
CLIENTS = 32
RATE = 1000
BATCH = 100
IMAGE = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "32768",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""The environment of the image: memory of large bodies goes back to the system."""
SINGLE_GOAL, BATCH_GOAL, P99_GOAL, MEMORY_GOAL, READY_GOAL, SCRAPE_GOAL = 25_000, 100_000, 1.0, 64, 0.5, 15


def reference(features: int) -> dict[str, Any]:
    """Make a reference of normal columns and a skewed score, of ten cells each."""
    random = np.random.default_rng(7)
    columns = [_column(f"f{number}", random.normal(size=5000)) for number in range(features)]
    scores = random.beta(2, 5, 5000)
    edges = sorted(set(np.quantile(scores, np.linspace(0, 1, 65)[1:-1]).tolist()))
    return {
        "rows": 5000, "task": "BinaryClassification", "columns": columns, "score": _column("@score", scores),
        "classes": ["0", "1"], "scoreEdges": edges,
    }  # fmt: skip


def _column(name: str, values: np.ndarray) -> dict[str, Any]:
    edges = np.quantile(values, np.linspace(0.1, 0.9, 9))
    counts = np.bincount(np.searchsorted(edges, values), minlength=10)
    return {
        "name": name, "type": "Numeric", "edges": edges.tolist(), "counts": counts.tolist(),
        "minimum": float(values.min()), "maximum": float(values.max()),
    }  # fmt: skip


def request(features: int, rows: int) -> str:
    """Write an Open Inference request, a tensor for each feature."""
    random = np.random.default_rng(11)
    columns = random.normal(size=(features, rows)).round(4).tolist()
    inputs = [
        {"name": f"f{number}", "shape": [rows], "datatype": "FP64", "data": column}
        for number, column in enumerate(columns)
    ]
    return json.dumps({"inputs": inputs})


def answer(rows: int) -> str:
    """Write the model's answer."""
    scores = np.random.default_rng(13).beta(2, 5, rows).round(6).tolist()
    return json.dumps(
        {
            "model_name": "m",
            "outputs": [{"name": "score", "shape": [rows], "datatype": "FP64", "data": scores}],
        }
    )


def script(folder: Path, body: str) -> Path:
    """Write what wrk sends: the same body, each time with another id."""
    path = folder / "post.lua"
    path.write_text(
        f"""
local run = os.time() % 100000 .. "-" .. math.random(1000000000)
local number = 0
local head = "POST {PATH} HTTP/1.1\\r\\nHost: m\\r\\nContent-Type: application/json\\r\\n"
head = head .. "Content-Length: {len(body)}\\r\\nX-Request-Id: "
local tail = "\\r\\n\\r\\n" .. [[{body}]]
request = function()
  number = number + 1
  return head .. run .. "-" .. number .. tail
end
"""
    )
    return path


@contextmanager
def scene(folder: Path, features: int, rows: int, **labels: Any) -> Iterator[tuple[running.Evaluator, int]]:
    """Run a model and an evaluator before it, each on its cores; yield the evaluator and the model's port."""
    cores = sorted(os.sched_getaffinity(0))
    config = {
        "monitor": "bench", "model": {"task": "BinaryClassification"}, "latencyThresholds": [0.1],
        "labels": {"maturitySeconds": 5, "maxBytes": 32 << 20, **labels},
    }  # fmt: skip
    with (
        models.serving(answer(rows)) as model,
        running.evaluator(folder, config, reference(features), upstream=model, **IMAGE) as evaluator,
    ):
        os.sched_setaffinity(evaluator.process.pid, {cores[0]})
        yield evaluator, model


def cpu(process: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port: int, seconds: float, lua: Path) -> dict[str, float]:
    """Ask as fast as answers come; return requests/s and latencies in milliseconds."""
    others = ",".join(map(str, sorted(os.sched_getaffinity(0))[1:] or [0]))
    told = subprocess.run(
        ["taskset", "-c", others, "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:.0f}s", "--latency", "-s", lua,
         f"http://127.0.0.1:{port}{PATH}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert rate is not None
    return {"rate": float(rate[1])}


def throughput(folder: Path, rows: int, runs: int, seconds: float) -> list[dict[str, float]]:
    """Measure predictions/s: as seen by wrk, per core of the evaluator, and the share that was counted."""
    found = []
    with scene(folder, 20, rows) as (evaluator, _):
        lua = script(folder, request(20, rows))
        load(evaluator.proxy, 1, lua)
        for _ in range(runs):
            counted, used = evaluator.total("predictions_total"), cpu(evaluator.process.pid)
            taken = load(evaluator.proxy, seconds, lua)
            time.sleep(0.5)  # what waits is counted
            counted = evaluator.total("predictions_total") - counted
            used = cpu(evaluator.process.pid) - used
            share = counted / (taken["rate"] * seconds * rows)
            found.append({"seen": taken["rate"] * rows, "per core": counted / used, "counted": share})
        lost = {
            dict(labels)["reason"]: it
            for labels, it in evaluator.series("events_dropped_total").items()
            if it
        }
        print(f"    lost: {lost or 'nothing'}; resident {evaluator.memory():.1f} MiB")
    return found


def paced(port: int, seconds: float) -> dict[str, float]:
    """Ask RATE times a second whatever happens; return the milliseconds from when each request was due."""
    body = request(20, 1).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: m\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/json\r\n"

    def numbered(number: int) -> bytes:
        return f"{head}X-Request-Id: p{number}\r\n\r\n".encode() + body

    taken = pacing.paced(port, int(seconds * RATE), RATE, numbered, answer(1).encode())
    return {"p50": float(np.quantile(taken, 0.5)), "p99": float(np.quantile(taken, 0.99))}


def latency(folder: Path, runs: int, seconds: float) -> dict[str, list[float]]:
    """Measure what the evaluator adds at RATE requests a second, and how scrapes delay requests."""
    found: dict[str, list[float]] = {"model p99": [], "evaluator p99": [], "added p99": [], "added p50": []}
    with scene(folder, 20, 1) as (evaluator, model):
        paced(evaluator.proxy, 1)
        for _ in range(runs):
            alone, through = paced(model, seconds), paced(evaluator.proxy, seconds)
            found["model p99"].append(alone["p99"])
            found["evaluator p99"].append(through["p99"])
            found["added p99"].append(through["p99"] - alone["p99"])
            found["added p50"].append(through["p50"] - alone["p50"])
    return found


def footprint(folder: Path) -> dict[str, float]:
    """Measure memory after a million predictions of 50 features, 100,000 of them waiting for labels."""
    with scene(folder, 50, BATCH, maturitySeconds=86_400, sampling=0.1) as (evaluator, _):
        idle = evaluator.memory()
        lua = script(folder, request(50, BATCH))
        while evaluator.total("predictions_total") < 1_000_000:
            load(evaluator.proxy, 1, lua)
        time.sleep(1.5)
        return {
            "idle MiB": idle, "MiB": evaluator.memory(), "peak MiB": evaluator.memory("VmHWM"),
            "predictions": evaluator.total("predictions_total"), "waiting": evaluator.total("pending_labels"),
        }  # fmt: skip


def start(folder: Path, runs: int) -> list[float]:
    """Measure the seconds from exec to an answer of /readyz."""
    found = []
    for number in range(runs):
        began = time.perf_counter()
        config = {"monitor": "bench", "model": {"task": "BinaryClassification"}}
        with running.evaluator(folder / str(number), config, reference(20)):
            found.append(time.perf_counter() - began)
    return found


def scrapes(folder: Path, runs: int) -> dict[str, float]:
    """Measure a scrape of about 2,000 series, plain and packed, milliseconds."""
    with scene(folder, 50, 1, maturitySeconds=60) as (evaluator, _):
        url = f"http://127.0.0.1:{evaluator.http}/metrics"
        found: dict[str, float] = {
            "series": sum(not it.startswith(b"#") for it in evaluator.get("/metrics").splitlines())
        }
        for name, headers in (("text ms", {}), ("gzip ms", {"accept-encoding": "gzip"})):
            taken = []
            for _ in range(runs * 10):
                began = time.perf_counter()
                urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read()
                taken.append((time.perf_counter() - began) * 1000)
            found[name] = statistics.median(taken)
        return found


def told(values: Sequence[float], digits: int = 0) -> str:
    """Write a median with its range."""
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    result: dict[str, Any] = {"machine": platform.platform(), "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, rows, goal in (("single", 1, SINGLE_GOAL), ("batches of 100", BATCH, BATCH_GOAL)):
            print(f"predictions/s, {title}")
            runs = throughput(folder / title, rows, given.runs, given.seconds)
            result[title] = runs
            for column in ("seen", "per core"):
                print(f"    {column:10} {told([run[column] for run in runs])}   goal {goal:,}")
            print(f"    counted    {told([run['counted'] for run in runs], 4)} of what wrk saw")
        print(f"latency at {RATE} requests/s, ms")
        result["latency"] = latency(folder / "latency", given.runs, given.seconds)
        for column, values in result["latency"].items():
            print(
                f"    {column:14} {told(values, 3)}"
                + (f"   goal < {P99_GOAL}" if column == "added p99" else "")
            )
        print("memory")
        result["memory"] = footprint(folder / "memory")
        print(
            "    "
            + ", ".join(f"{column} {value:,.1f}" for column, value in result["memory"].items())
            + f"   goal {MEMORY_GOAL}"
        )
        result["ready"] = start(folder / "start", given.runs)
        print(f"ready, s\n    {told(result['ready'], 3)}   goal {READY_GOAL}")
        result["scrape"] = scrapes(folder / "scrape", given.runs)
        print(
            "scrape\n    "
            + ", ".join(f"{it} {value:,.1f}" for it, value in result["scrape"].items())
            + f"   goal {SCRAPE_GOAL}"
        )
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "evaluator.json").write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
