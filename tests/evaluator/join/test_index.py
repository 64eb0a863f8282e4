import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.evaluator.join.index import NOWHERE, Index

FEW_BUCKETS = st.integers(1, 2**64 - 1).map(lambda key: key | 7)
"""Keys that all want the same bucket of the smallest table: most are spilled."""
KEYS = st.integers(1, 2**64 - 1) | FEW_BUCKETS


def array(keys: list[int]) -> np.ndarray:
    return np.array(keys, np.uint64)


@given(st.lists(st.tuples(st.booleans(), st.lists(KEYS, max_size=40)), max_size=12))
def test_the_index_does_what_a_dict_does(steps: list[tuple[bool, list[int]]]) -> None:
    index, oracle, row = Index(), {}, 0
    for adds, keys in steps:
        if adds:
            new = list(dict.fromkeys(key for key in keys if key not in oracle))
            rows = np.arange(row, row + len(new))
            index.add(array(new), rows)
            oracle |= dict(zip(new, rows.tolist(), strict=True))
            row += len(new)
        else:
            index.remove(array(keys))
            for key in keys:
                oracle.pop(key, None)
        assert len(index) == len(oracle)
        asked = [*oracle, *keys, 12345]
        assert index.find(array(asked)).tolist() == [oracle.get(key, NOWHERE) for key in asked]


def test_a_full_bucket_loses_no_key() -> None:
    keys = (np.arange(1, 31, dtype=np.uint64) << np.uint64(40)) | np.uint64(1)
    index = Index()
    index.add(keys, np.arange(30))
    assert index.find(keys).tolist() == list(range(30))


def test_it_grows_with_its_keys_and_weighs_what_it_said_before() -> None:
    keys = np.random.default_rng(0).integers(1, 2**64 - 1, 100_000, dtype=np.uint64)
    index = Index()
    for start in range(0, len(keys), 1000):
        expected = index.nbytes + index.growth(1000)
        index.add(keys[start : start + 1000], np.arange(start, start + 1000))
        assert index.nbytes == expected
    assert np.array_equal(index.find(keys), np.arange(100_000))
    assert index.nbytes <= 48 * len(keys)
