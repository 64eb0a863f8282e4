"""What a backtest counts is what an evaluator counts of the same rows, whichever file they come from."""

import asyncio
import dataclasses
import json
import math
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from cli.backtest import worlds
from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import pacing
from modelmonitor.cli.backtesting.recording import Recording
from modelmonitor.cli.backtesting.request import Truth
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.simulation import VERSION, Simulation
from modelmonitor.cli.profiling import sources
from modelmonitor.evaluator import statistics
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire import families

MATURITY = 600.0
STEP = Duration.parse("30s")
EMBEDDED = Truth()


@pytest.fixture
def table() -> worlds.Table:
    """Two hours, with texts among the numbers, missing values and plans that nobody knows."""
    table = worlds.rows(worlds.steady(2, 1500), 3)
    age = table["age"].astype(object)
    age[::50], age[::70] = "old", None
    plan = table["plan"].astype(object)
    plan[::90], plan[::110] = "unheard of", None
    return {**table, "age": age, "plan": plan}


def recording(
    world: worlds.World, path: Path, labels: Path | None = None, truth: Truth = EMBEDDED
) -> Recording:
    """Give the recording of another file."""
    request = dataclasses.replace(world.recording.request, data=str(path), truth=truth)
    with sources.opened(str(path)) as data:
        apart = None
        if labels:
            with sources.opened(str(labels)) as apart:
                pass
        return dataclasses.replace(world.recording, request=request, data=data, labels=apart)


async def replayed(recording: Recording, until: float) -> Simulation:
    covered = recording.survey(lambda _: None)
    simulation = Simulation(recording.columns.scheme, recording, pacing.scrapes(covered, until, STEP))
    async for _ in simulation.scrapes(lambda _: None):
        pass
    return simulation


def counted(recording: Recording, until: float = worlds.START + 3 * 3600) -> Counters:
    return asyncio.run(replayed(recording, until)).counters


async def fed(world: worlds.World, table: worlds.Table, labelled: np.ndarray) -> Counters:
    """Feed an evaluator with all rows in one request, all labels in another, and wait until all is mature."""
    scheme = world.recording.columns.scheme
    counters, clock = Counters(scheme, VERSION, "test"), [worlds.START + 2 * 3600]
    join = Join(MemoryStore(1 << 26, 60.0), scheme, lambda: clock[0])
    features = {name: table[name].tolist() for name in ("age", "plan")}
    rows = Rows(len(table["score"]), features, None, table["score"], table["id"].tolist(), clock[0])
    join.remember(counters.predicted(rows))
    labels = [
        {"id": one, "actual": actual}
        for one, actual, there in zip(table["id"].tolist(), table["churned"].tolist(), labelled, strict=True)
        if there
    ]
    answer = await join.labels(msgspec.json.encode(labels))
    for outcome, number in answer.counts.items():
        counters.labelled(outcome.value, number)
    clock[0] += MATURITY + 1
    while matured := await join.mature(clock[0]):
        for _, cohort in matured:
            counters.matured(cohort)
    return counters


def numbers(counters: Counters) -> dict[str, float]:
    """Give every series that does not depend on when things happened."""
    lag = {families.LABEL_LAG, families.INFO, families.PENDING, families.QUEUE_BYTES}
    scrape = Scrape.of(counters, {}, without=frozenset(lag))
    told = zip(scrape.labels, scrape.values().tolist(), strict=True)
    return {str(sorted(labels.items())): value for labels, value in told if not math.isnan(value)}


def rounded(document: object) -> object:
    """Leave out of a document what the order of a sum decides."""
    return json.loads(json.dumps(document), parse_float=lambda text: round(float(text), 9))


def test_the_counters_at_the_end_are_those_of_an_evaluator(table: worlds.Table, tmp_path: Path) -> None:
    world = worlds.world(tmp_path, table)
    found = counted(world.recording)
    expected = asyncio.run(fed(world, table, np.ones(len(table["score"]), bool)))
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-9)
    assert rounded(statistics.document(found, 0.0)["quality"]) == rounded(
        statistics.document(expected, 0.0)["quality"]
    )
    assert found.bank[families.FEATURE_INVALID].sum() == sum(it == "old" for it in table["age"])


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_counts_the_same_in_every_format(ending: str, tmp_path: Path) -> None:
    table = worlds.rows(worlds.steady(2, 1500), 3)
    world = worlds.world(tmp_path, table)
    path = tmp_path / f"recorded.{ending}"
    moments = pa.array(np.round(table["time"] * 1e6).astype(np.int64)).cast(pa.timestamp("us", "UTC"))
    written = pa.table({**table, "time": moments})
    parquet.write_table(written, path) if ending == "parquet" else csv.write_csv(written, path)
    assert numbers(counted(recording(world, path))) == pytest.approx(
        numbers(counted(world.recording)), rel=1e-9
    )


def test_labels_of_a_file_of_their_own_are_joined_when_they_were_known(tmp_path: Path) -> None:
    """In time, too late, never."""
    table = worlds.rows(worlds.steady(2, 1500), 3)
    world = worlds.world(tmp_path, table)
    number = np.arange(len(table["id"]))
    delays = np.where(number % 3 == 0, 60.0, np.where(number % 3 == 1, MATURITY + 45, np.inf))
    order = np.argsort(table["time"] + delays)[: int(np.isfinite(delays).sum())]
    known = {name: table[name][order] for name in ("id", "churned")}
    labels = worlds.write(tmp_path / "labels.ndjson", {**known, "time": (table["time"] + delays)[order]})
    found = counted(recording(world, Path(world.recording.request.data), labels, Truth(path=str(labels))))
    outcomes = dict(zip(("joined", "late"), found.bank[families.LABELS][[0, 4]].tolist(), strict=True))
    assert outcomes == {"joined": (number % 3 == 0).sum(), "late": (number % 3 == 1).sum()}
    assert found.bank[families.COHORT].sum() == number.size
    assert found.bank[families.COHORT_LABELLED].sum() == outcomes["joined"]


def test_a_delayed_target_is_a_label_of_that_age(tmp_path: Path) -> None:
    table = worlds.rows(worlds.steady(1, 600), 3)
    world = worlds.world(tmp_path, table)
    path = Path(world.recording.request.data)
    found = counted(recording(world, path, truth=Truth(delay=Duration.parse("5m"))))
    assert found.bank.sums(families.LABEL_LAG)[0] == pytest.approx(300 * 600, rel=1e-6)
    late = counted(recording(world, path, truth=Truth(delay=Duration.parse("15m"))))
    assert late.bank[families.COHORT_LABELLED].sum() == 0


def test_predictions_mature_on_the_clock_of_the_recording(tmp_path: Path) -> None:
    """At the end of two hours, those of the last ten minutes wait; later they do not."""
    table = worlds.rows(worlds.steady(2, 1500), 3)
    world = worlds.world(tmp_path, table)
    waits = int((table["time"] > table["time"].max() - MATURITY).sum())
    simulation = asyncio.run(replayed(world.recording, 0.0))
    assert simulation.waits == pytest.approx(waits, abs=30)
    assert asyncio.run(replayed(world.recording, worlds.START + 3 * 3600)).waits == 0
