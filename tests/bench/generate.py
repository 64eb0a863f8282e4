"""Whole-process generation, from exec to exit, against Sloth: time, memory, bytes, rules.

python3 tests/bench/generate.py [--runs 7] [--objectives 500 5000]

Both programs read the same objectives (10 to a file) and write a rule file for each. Runs alternate, so that
a busy machine is busy for both. Peak memory is that of a run's largest process, as the kernel reports it.
Then, without Sloth, which has no such thing: how long the plan of a monitor takes that asks for everything.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "hack"))
sys.path.insert(0, str(ROOT / "operator"))
import example  # noqa: E402 - beside this file

import tools  # noqa: E402 - from hack/, which is no package
from modelmonitor import api, plan  # noqa: E402

RESULTS = ROOT / "build" / "bench"
PER_FILE = 10
GOAL, GOAL_OF_ONE = 0.7, 5
FEATURES, MANY = 50, 1000
BOARDS = {"kinds": ["Executive", "Technical", "DataScience"]}
_RULE = re.compile(rb"^ *- (?:record|alert): ", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What one run took: seconds, seconds of CPU, MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Program:
    """A generator: how it is called on a folder, and how it reads an objective."""

    name: str
    command: Callable[[Path, Path], Sequence[str | Path]]
    document: Callable[[str], dict[str, Any]]


def queries(model: str, number: int) -> tuple[str, str]:
    """Return the error query and the total query of an objective."""
    labels = f'job="{model}",route="r{number}"'
    range_ = "[{{.window}}]"
    return (
        f'sum(rate(http_requests_total{{{labels},code=~"5.."}}{range_}))',
        f"sum(rate(http_requests_total{{{labels}}}{range_}))",
    )


def ours(model: str) -> dict[str, Any]:
    """Write ten objectives as a ModelMonitor."""
    objectives = []
    for number in range(PER_FILE):
        error, total = queries(model, number)
        sli = {"events": {"error": error, "total": total}}
        objectives.append({"name": f"objective-{number}", "objective": 99.9, "sli": sli})
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": model, "namespace": "ml"},
        "spec": {
            "targetRef": {"name": model},
            "model": {"task": "BinaryClassification"},
            "objectives": objectives,
        },
    }


def sloths(model: str) -> dict[str, Any]:
    """Write the same ten objectives for Sloth."""
    slos = []
    for number in range(PER_FILE):
        error, total = queries(model, number)
        sli = {"events": {"error_query": error, "total_query": total}}
        alerting = {"name": "ErrorBudgetBurn", "page_alert": {}, "ticket_alert": {}}
        slos.append({"name": f"objective-{number}", "objective": 99.9, "sli": sli, "alerting": alerting})
    return {"version": "prometheus/v1", "service": model, "slos": slos}


def programs() -> tuple[Program, Program]:
    """Return ourselves and Sloth, which is built first where absent."""
    python = Path(sys.executable)
    sloth = tools.binary("sloth")
    return (
        Program(
            "modelmonitor",
            lambda into, out: [
                python.with_name("modelmonitor"), "generate", into, "-o", out, "--format", "prometheus",
            ],
            ours,
        ),
        Program("sloth", lambda into, out: [sloth, "generate", "-i", into, "-o", out], sloths),
    )  # fmt: skip


def once(command: Sequence[str | Path]) -> Run:
    """Run a command to its end and measure it, with bytecode: pip compiles what it installs."""
    environment = {name: it for name, it in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: ended with status {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(objectives: int, runs: int, folder: Path) -> dict[str, Any]:
    """Run both programs in turn and summarise each."""
    measured: dict[str, list[Run]] = {}
    made: dict[str, dict[str, int]] = {}
    for turn in range(runs + 1):
        for program in programs():
            into, out = _folders(folder, program, objectives)
            run = once(program.command(into, out))
            if turn:  # the first one fills the caches
                measured.setdefault(program.name, []).append(run)
            made[program.name] = _made(out)
        _show(f"{objectives} objectives: run {turn} of {runs}")
    _show("")
    return {name: {**_summary(taken), **made[name]} for name, taken in measured.items()}


def _folders(folder: Path, program: Program, objectives: int) -> tuple[Path, Path]:
    into, out = folder / f"{program.name}-{objectives}", folder / "out"
    if not into.exists():
        into.mkdir()
        for number in range(objectives // PER_FILE):
            model = f"model-{number:04}"
            (into / f"{model}.yaml").write_text(yaml.safe_dump(program.document(model), sort_keys=False))
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    return into, out


def _made(out: Path) -> dict[str, int]:
    texts = [path.read_bytes() for path in out.rglob("*.yaml")]
    return {"bytes": sum(map(len, texts)), "rules": sum(len(_RULE.findall(text)) for text in texts)}


def _summary(runs: Sequence[Run]) -> dict[str, Any]:
    columns = {name: [asdict(run)[name] for run in runs] for name in asdict(runs[0])}
    return {
        name: {"median": statistics.median(values), "min": min(values), "max": max(values)}
        for name, values in columns.items()
    }


def table(objectives: int, results: dict[str, Any]) -> str:
    """Write the results of one size for people."""
    lines = [f"{objectives} objectives    wall s (min-max)      CPU s   peak MiB     rules   MB written"]
    for name, row in results.items():
        wall = f"{row['wall']['median']:.2f} ({row['wall']['min']:.2f}-{row['wall']['max']:.2f})"
        numbers = f"{row['cpu']['median']:8.2f} {row['memory']['median']:10.1f} {row['rules']:9}"
        lines.append(f"  {name:16} {wall:>20} {numbers} {row['bytes'] / 1e6:12.1f}")
    ratios = [ratio(results, what) for what in ("wall", "cpu", "memory")]
    shown = "{:>20.2f} {:8.2f} {:10.2f}".format(*ratios)
    lines.append(f"  ours / Sloth's   {shown}   goal: at most {GOAL} for 500")
    return "\n".join(lines)


def ratio(results: dict[str, Any], what: str) -> float:
    """Return our median as a multiple of Sloth's."""
    return float(results["modelmonitor"][what]["median"] / results["sloth"][what]["median"])


def of_everything(runs: int) -> dict[str, Any]:
    """Time the plans of a monitor that asks for everything, milliseconds, and of many others like it."""
    alone, boards = example.document(FEATURES), example.document(FEATURES)
    boards["spec"]["dashboards"] = BOARDS
    many = [alone | {"metadata": {"name": f"model-{number:04}", "namespace": "ml"}} for number in range(MANY)]
    reference = example.reference(FEATURES)

    def planned(document: dict[str, Any]) -> int:
        groups = plan.plan(api.parse(document), None, reference).groups
        return sum(len(group.rules) for group in groups)

    def milliseconds(document: dict[str, Any]) -> float:
        began = time.process_time()
        planned(document)
        return 1000 * (time.process_time() - began)

    planned(boards)  # modules are read, caches are filled
    began = time.process_time()
    rules = sum(map(planned, many))
    seconds = time.process_time() - began
    return {
        "alone": statistics.median(milliseconds(alone) for _ in range(20 * runs)),
        "with dashboards": statistics.median(milliseconds(boards) for _ in range(20 * runs)),
        "seconds of many": seconds,
        "rules a second": rules / seconds,
    }


def sentence(found: dict[str, Any]) -> str:
    """Tell people how long plans of everything take."""
    return (
        f"a monitor with everything, {FEATURES} features: {found['alone']:.1f} ms (goal: {GOAL_OF_ONE}), "
        f"with three dashboards {found['with dashboards']:.1f} ms; {MANY:,} of them: "
        f"{found['seconds of many']:.1f} s, {found['rules a second']:,.0f} rules/s"
    )


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Measure all sizes; print tables, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--objectives", type=int, nargs="+", default=[500, 5000])
    wanted = parser.parse_args()
    print(
        f"generation against Sloth, {wanted.runs} runs each, alternating; about two minutes", file=sys.stderr
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    with tempfile.TemporaryDirectory() as folder:
        results = {it: measure(it, wanted.runs, Path(folder)) for it in wanted.objectives}
    for objectives, measured in results.items():
        print(table(objectives, measured))
    everything = of_everything(wanted.runs)
    print(sentence(everything))
    path = RESULTS / "generate.json"
    document = {"machine": machine, "results": results, "everything": everything}
    path.write_text(json.dumps(document, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
