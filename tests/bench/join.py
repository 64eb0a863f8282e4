"""What waiting for labels costs, in memory and in Redis: microseconds a prediction and a label, and bytes.

python3 tests/bench/join.py [--runs 5] [--rows 50000]

A binary model with two segments and a protected attribute; rows come 64 at a time, labels 256 at a time.
Microseconds are CPU time of this process, with wall time and the server's own CPU time beside it; medians of
the runs.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("operator", "hack", "tests")]
import numpy as np  # noqa: E402 - reads the environment

from evaluator.join.server import Server  # noqa: E402
from modelmonitor.evaluator.join import Join  # noqa: E402
from modelmonitor.evaluator.join.memory import MemoryStore  # noqa: E402
from modelmonitor.evaluator.join.redis import RedisStore  # noqa: E402
from modelmonitor.evaluator.join.store import Store  # noqa: E402
from modelmonitor.evaluator.records import Records, key, record_type  # noqa: E402
from modelmonitor.wire.config import EvaluatorConfig, Labels, Model, Task  # noqa: E402
from modelmonitor.wire.profile import Profile, Slice  # noqa: E402
from modelmonitor.wire.scheme import Scheme, scheme  # noqa: E402

RESULTS = ROOT / "build" / "bench"
START, MATURITY = 1.7e9, 100.0
ROWS, LABELS = 64, 256
PENDING = 100_000


@dataclass(frozen=True)
class Run:
    """What one run took, microseconds of CPU here (wall time, of the server) and bytes."""

    remember: float
    remember_wall: float
    remember_server: float
    label: float
    label_wall: float
    label_server: float
    mature: float
    mature_wall: float
    mature_server: float
    bytes: float


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50_000)
    given = parser.parse_args()
    resident = asyncio.run(resident_bytes(model()))
    runs: dict[str, list[Run]] = {"memory": [], "redis": []}
    with Server() as server:
        for number in range(given.runs):
            runs["memory"].append(in_memory(given.rows))
            runs["redis"].append(in_redis(server, given.rows, str(number)))
    print(f"{'':<28}{'memory':>26}{'redis':>26}")
    for name in Run.__dataclass_fields__:
        cells = [text([getattr(run, name) for run in runs[store]]) for store in runs]
        unit = "bytes/pending prediction" if name == "bytes" else f"{name.replace('_', ', ')}, µs/row"
        print(f"{unit:<28}{cells[0]:>26}{cells[1]:>26}")
    print(f"resident bytes/prediction with {PENDING:,} in memory: {resident:.0f}")
    document = {store: [asdict(run) for run in found] for store, found in runs.items()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "join.json").write_text(json.dumps({**document, "resident_bytes": resident}, indent=2))


def in_memory(rows: int) -> Run:
    """Measure the memory store."""
    store = MemoryStore(64 << 20, 60.0)
    return asyncio.run(measure(store, rows, lambda: store.nbytes, lambda: 0.0))


def in_redis(server: Server, rows: int, name: str) -> Run:
    """Measure the Redis store, under a name of its own."""
    empty = server.used_memory()
    store = RedisStore(server.url, name, 60.0)
    return asyncio.run(measure(store, rows, lambda: server.used_memory() - empty, lambda: seconds_of(server)))


async def measure(store: Store, rows: int, used: Callable[[], int], server: Callable[[], float]) -> Run:
    """Remember, label and mature so many predictions."""
    join = Join(store, model(), lambda: START)
    ids = [f"prediction-{number}" for number in range(rows)]
    batches = [records(ids[at : at + ROWS]) for at in range(0, rows, ROWS)]
    bodies = [
        json.dumps([{"id": id_, "actual": len(id_) % 2} for id_ in ids[at : at + LABELS]]).encode()
        for at in range(0, rows, LABELS)
    ]

    async def remember() -> None:
        for number, batch in enumerate(batches):
            join.remember(batch)
            if number % 16 == 15:
                await join.flush()
        await join.flush()

    async def label() -> None:
        for body in bodies:
            assert len((await join.labels(body)).lags) > 0

    async def mature() -> None:
        left = rows
        while left:
            left -= sum(len(cohort.records) for _, cohort in await join.mature(START + MATURITY))

    first = await timed(remember, rows, server)
    waiting = used() / rows
    second, third = [await timed(step, rows, server) for step in (label, mature)]
    await join.abandon()
    return Run(*first, *second, *third, waiting)


async def timed(
    step: Callable[[], Awaitable[None]], rows: int, server: Callable[[], float]
) -> tuple[float, float, float]:
    """Microseconds a row: CPU here, wall, CPU of the server."""
    before = time.process_time(), time.perf_counter(), server()
    await step()
    after = time.process_time(), time.perf_counter(), server()
    cpu, wall, theirs = [(end - begin) / rows * 1e6 for begin, end in zip(before, after, strict=True)]
    return cpu, wall, theirs


async def resident_bytes(found: Scheme) -> float:
    """Resident bytes of a waiting prediction, as the kernel counts them."""
    rng = np.random.default_rng(0)
    batch = np.zeros(ROWS, record_type(found))
    join = Join(MemoryStore(16 << 20, 60.0), found, lambda: START)
    before = resident()
    for number in range(PENDING // ROWS):
        batch["key"] = rng.integers(1, 2**64 - 1, ROWS, dtype=np.uint64)
        join.remember(batch)
        if number % 16 == 15:
            await join.flush()
    await join.flush()
    used = (resident() - before) / await join.pending()
    await join.abandon()
    return used


def resident() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def seconds_of(server: Server) -> float:
    """CPU seconds that the server has used."""
    lines = server.command("INFO cpu").decode().split("\r\n")
    return sum(
        float(line.split(":")[1]) for line in lines if line.startswith(("used_cpu_sys:", "used_cpu_user:"))
    )


def records(ids: list[str]) -> Records:
    """Predictions of these ids."""
    found = np.zeros(len(ids), record_type(model()))
    found["key"] = [key(id_) for id_ in ids]
    found["served"] = START
    return found


def model() -> Scheme:
    """A binary model of ordinary size."""
    slices = tuple(Slice(column=name, values=("a", "b"), counts=(1, 1)) for name in ("x", "y", "z"))
    profile = Profile(rows=2, classes=("0", "1"), segments=slices[:2], groups=slices[2:])
    config = EvaluatorConfig(
        monitor="bench",
        model=Model(task=Task.BINARY, segments=("x", "y"), protected_attributes=("z",)),
        labels=Labels(maturity_seconds=MATURITY),
    )
    return scheme(config, profile)


def text(values: list[float]) -> str:
    """Write the median, and the range beside it."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
