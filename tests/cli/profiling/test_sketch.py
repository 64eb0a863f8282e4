"""The sketch of numbers: exact while few, nearly exact when many, the same for the same numbers."""

import numpy as np
import pytest

from modelmonitor.cli.profiling.cells import DecodedCells, Texts
from modelmonitor.cli.profiling.quantiles import BLOCK, Sketch
from modelmonitor.cli.profiling.survey import ColumnSurvey, Moments, Tally

RANDOM = np.random.default_rng(0)
MANY = 1_500_000
ORDERS = {
    "random": RANDOM.lognormal(0, 3, MANY),
    "sorted": np.sort(RANDOM.normal(size=MANY)),
    "reversed": np.arange(MANY, 0, -1, dtype=float),
    "periodic": np.tile(np.arange(16, dtype=float), MANY // 16),
    "two regimes": np.concatenate([np.zeros(MANY // 2), RANDOM.normal(5, 1, MANY // 2)]),
}


def sketched(values: np.ndarray, chunk: int = 50_000) -> Sketch:
    sketch = Sketch()
    for start in range(0, values.size, chunk):
        sketch.add(values[start : start + chunk])
    return sketch


@pytest.mark.parametrize("name", ORDERS)
def test_a_rank_is_off_by_far_less_than_a_twentieth_of_a_cell(name: str) -> None:
    values = np.sort(ORDERS[name])
    sample = sketched(ORDERS[name]).sample()
    share = (np.arange(sample.size) + 0.5) / sample.size
    low = np.searchsorted(values, sample, side="left") / values.size
    high = np.searchsorted(values, sample, side="right") / values.size
    error = np.maximum(np.maximum(low - share, share - high), 0)
    assert error.max() < 0.0003


def test_chunks_change_nothing() -> None:
    values = ORDERS["random"][:200_000]
    assert np.array_equal(sketched(values, 777).sample(), sketched(values, 150_000).sample())


def test_up_to_a_block_it_is_exact() -> None:
    values = RANDOM.normal(size=BLOCK - 1)
    assert np.array_equal(sketched(values, 1000).sample(), np.sort(values))


def test_range_and_different_numbers_are_exact_however_many_there_are() -> None:
    values = np.append(np.tile(np.arange(900.0), 200), [-5, 1e9])
    sketch = sketched(values)
    assert sketch.range() == (-5, 1e9)
    assert np.array_equal(sketch.distinct(), [-5, *range(900), 1e9])
    assert sketch.whole()
    sketch.add(np.arange(0.5, 200))
    assert sketch.distinct() is None
    assert not sketch.whole()


def test_what_is_kept_does_not_grow_with_the_numbers() -> None:
    kept = sum(level.size for level in sketched(ORDERS["random"])._levels if level is not None)
    assert kept <= 6 * BLOCK // 8


def test_the_tally_of_texts_forgets_only_what_is_rare() -> None:
    random = np.random.default_rng(1)
    tally, often = Tally(), [f"often{number}" for number in range(50)]
    for start in range(0, 400_000, 20_000):
        codes = np.concatenate([np.arange(20_000) + 50, random.integers(0, 50, 20_000)])
        names = (*often, *(f"once{number}" for number in range(start, start + 20_000)))
        tally.add(Texts(names, codes))
    assert tally.lost
    assert len(tally.rows) <= 50_000
    assert set(tally.most_frequent(50)) == set(often)


def test_a_text_that_comes_late_but_often_is_found_among_old_ones() -> None:
    old = Texts(tuple(f"old{number}" for number in range(25_000)), np.repeat(np.arange(25_000), 100))
    tally = Tally()
    tally.add(old)
    for turn in range(8):
        names = ("late", *(f"once{turn}-{number}" for number in range(25_001)))
        tally.add(Texts(names, np.concatenate([np.zeros(50, dtype=np.intp), np.arange(25_001) + 1])))
    assert tally.most_frequent(1) == ("late",)


def test_values_that_were_lost_are_not_told_as_if_they_were_all() -> None:
    column = ColumnSurvey()
    for start in (0, 30_000):
        column.add(DecodedCells([f"t{number}" for number in range(start, start + 30_000)]))
    assert column.values() is None


def test_moments_keep_their_digits_far_from_zero() -> None:
    values = 1e9 + np.random.default_rng(2).normal(0, 1, 100_000)
    moments = Moments()
    for part in np.split(values, 100):
        moments.add(part)
    assert moments.mean == pytest.approx(values.mean(), rel=1e-15)
    assert moments.deviation == pytest.approx(values.std(), rel=1e-9)
