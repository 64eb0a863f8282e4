"""The parts of an evaluator together, without its ports."""

import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from evaluator.counters.worlds import world
from modelmonitor.evaluator.app import Request
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.evaluator.join import stores
from modelmonitor.evaluator.loading import Loaded, Sources, State
from modelmonitor.evaluator.pipeline import Pipeline
from modelmonitor.evaluator.records import Records
from modelmonitor.evaluator.rows import Rows
from modelmonitor.evaluator.service import Service
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss

SCHEME = world(Task.BINARY)


def a_service() -> Service:
    return Service("v1", Loaded(State.COUNTING, SCHEME), lambda scheme: stores.make(scheme.config, ""))


def overdue(count: int) -> Rows:
    """Predictions of two days ago, each with an id of its own."""
    return Rows(count, {}, ["yes"] * count, ids=[f"r{n}" for n in range(count)], time=time.time() - 172_800)


def test_a_config_that_is_nested_beyond_reading_is_invalid_and_no_reason_not_to_start() -> None:
    loaded = Sources(Path("config.json")).load((b"[" * 100_000, None))
    assert loaded.state is State.INVALID
    assert "config.json: expected a JSON document" in loaded.complaint


async def test_all_that_is_due_is_counted_at_once() -> None:
    service = a_service()
    service.pipeline.count(overdue(100_000))
    await service.close()
    assert service.banks.current.bank[families.COHORT][0] == 100_000
    assert not service.banks.current.bank[families.DROPPED].any()


@pytest.mark.parametrize(("told", "counted"), [(-60, -60), (0, 0), (60, 0), (-1e9, 0), (-1e12, 0)])
async def test_rows_of_a_time_that_cannot_be_were_served_now(told: float, counted: float) -> None:
    service = a_service()
    now = time.time()
    row = {"features": {}, "prediction": "yes", "id": "r", "time": now + told}
    answer = service.event(Request("POST", "/v1/events", {}, msgspec.json.encode({"rows": [row]})))
    assert msgspec.json.decode(answer.body) == {"accepted": 1, "lost": {}}
    label = Request("POST", "/v1/labels", {}, b'{"id": "r", "actual": "yes"}')
    assert msgspec.json.decode((await service.labels(label, None)).body)["counts"] == {"joined": 1}
    lag = service.banks.current.bank.sums(families.LABEL_LAG)[0]
    assert lag == pytest.approx(-counted, abs=5)
    await service.close()


async def test_predictions_that_a_defect_keeps_from_being_counted_are_all_lost_by_name() -> None:
    class Broken(Counters):
        def predicted(self, rows: Rows) -> Records:  # noqa: ARG002
            raise ZeroDivisionError

    counters = Broken(SCHEME, "v1", "0")
    pipeline = Pipeline(counters, Ingest(SCHEME), None)
    body = b'{"inputs": [{"name": "change", "shape": [3], "datatype": "FP64", "data": [1, 2, 3]}]}'
    answer = b'{"outputs": [{"name": "score", "shape": [3], "datatype": "FP64", "data": [0.1, 0.2, 0.3]}]}'
    for _ in range(2):
        pipeline.offer(
            Exchange("POST", "/v2/models/m/infer", {}, body, 200, {}, answer, Outcome.OK, time.time(), 0.1)
        )
    pipeline.finish()
    assert counters.bank[families.DROPPED].tolist()[list(Loss).index(Loss.INTERNAL)] == 6
    assert pipeline.waiting_bytes == 0


async def test_records_that_cannot_be_counted_are_lost_alone() -> None:
    service = a_service()
    records = service.banks.current.predicted(overdue(3))
    records["segments"] = [[0], [99], [1]]  # as only a defect, or another's record, could say
    store, join = service._store, service._join
    assert store is not None
    assert join is not None
    for record in records:
        await store.remember(join._layout, np.array([record]), np.zeros(1))
        await store.mark([int(record["key"])], [b"c" + bytes(8)], time.time())
        await service.tick()
    current = service.banks.current.bank
    assert current[families.CONFUSION][:, :, 1:].sum(axis=(0, 1)).tolist() == [1, 1, 0]
    assert current[families.DROPPED].sum() == 1
    await service.close()
