"""The wall clock of the whole evaluator steps: every prediction matures once, and no time is negative."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evaluator import running
from evaluator.join.server import Server
from evaluator.process import churn
from evaluator.running import Evaluator

HOUR = 3600
COUNT = 20
CC = shutil.which("cc")
pytestmark = pytest.mark.skipif(CC is None, reason="a C compiler makes the clock that steps")


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that sets the clock of a process off."""
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([str(CC), "-shared", "-fPIC", "-O", "-o", library, source], check=True)
    return library


@contextmanager
def scene(
    folder: Path, model: int, clock: Path, store: str, url: str = ""
) -> Iterator[tuple[Evaluator, Callable[[int], None]]]:
    """Run an evaluator, and give what steps its clock."""
    offset = folder / "offset"
    (folder / "url").write_text(url)

    def step(seconds: int) -> None:
        (folder / "next").write_text(f"{seconds}")
        (folder / "next").replace(offset)

    step(0)
    with running.evaluator(
        folder, churn.config(store=store, maturitySeconds=60), churn.REFERENCE, "--redis-url-file",
        str(folder / "url"), upstream=model, LD_PRELOAD=str(clock), CLOCK_OFFSET=str(offset),
    ) as evaluator:  # fmt: skip
        yield evaluator, step


def predict(evaluator: Evaluator, prefix: str) -> None:
    before = evaluator.total("predictions_total")
    for number in range(COUNT):
        assert evaluator.predict(churn.PATH, churn.body(40), X_Request_Id=f"{prefix}{number}")["outputs"]
    evaluator.wait("predictions_total", before + COUNT)


def label(evaluator: Evaluator, prefix: str) -> None:
    items = [{"id": f"{prefix}{number}", "actual": 1} for number in range(COUNT)]
    assert evaluator.post("/v1/labels", items)["counts"] == {"joined": COUNT}


def pending(evaluator: Evaluator, count: int) -> None:
    end = time.monotonic() + running.PATIENCE
    while evaluator.total("pending_labels") != count:
        assert time.monotonic() < end, evaluator.log.read_text()
        time.sleep(0.02)


@pytest.mark.parametrize("store", ["Memory", "Redis"])
def test_each_prediction_matures_once_whichever_way_the_clock_steps(
    tmp_path: Path, model: int, clock: Path, store: str
) -> None:
    with Server() as server, scene(tmp_path, model, clock, store, server.url) as (evaluator, step):
        predict(evaluator, "a")
        step(-HOUR)
        predict(evaluator, "b")
        label(evaluator, "a")
        label(evaluator, "b")
        pending(evaluator, 2 * COUNT)
        assert evaluator.total("cohort_predictions_total") == 0
        step(-HOUR + 61)  # `b` is due, `a` is not
        pending(evaluator, COUNT)
        assert evaluator.total("cohort_labelled_total") == COUNT
        step(HOUR)
        evaluator.wait("cohort_labelled_total", 2 * COUNT)
        predict(evaluator, "c")
        step(0)  # what was served in the future waits for its time
        label(evaluator, "c")
        pending(evaluator, COUNT)
        step(2 * HOUR)
        evaluator.wait("cohort_labelled_total", 3 * COUNT)
        pending(evaluator, 0)
        assert evaluator.total("cohort_predictions_total") == 3 * COUNT
        assert evaluator.total("confusion_total", segment="") == 3 * COUNT
        assert 0 <= evaluator.total("request_duration_seconds_sum") < running.PATIENCE
        assert evaluator.total("label_lag_seconds_sum") >= 0
        assert evaluator.total("label_lag_seconds_bucket", le="+Inf") == 3 * COUNT
        assert churn.lost(evaluator) == {}
        assert "Traceback" not in evaluator.log.read_text()
