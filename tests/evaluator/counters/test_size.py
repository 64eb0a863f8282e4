"""What counters weigh."""

import gc
import tracemalloc

from evaluator.counters.worlds import world
from modelmonitor.evaluator.counters import Counters
from modelmonitor.series import budget
from modelmonitor.wire.config import Task


def test_a_series_takes_about_three_hundred_bytes_and_never_more_than_512() -> None:
    of = world(Task.MULTICLASS)
    gc.collect()
    tracemalloc.start()
    try:
        counters = Counters(of, "6f9c8d7b4", "0.1.0")
        gc.collect()
        weight, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counters.scheme is of
    assert weight / budget.series(of) < 512
