"""Rows of several exchanges become one batch, whatever each of them lacks."""

from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.evaluator.rows import Rows, merge

value = st.none() | st.floats(allow_nan=False) | st.text(max_size=3)


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    count = draw(st.integers(0, 3))

    def column(of: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
        return st.lists(of, min_size=count, max_size=count)

    features = draw(st.dictionaries(st.sampled_from("abc"), column(value)))
    predictions, scores, ids = (draw(st.none() | column(it)) for it in (value, value, st.none() | st.text()))
    return Rows(count, features, predictions, scores, ids, draw(st.floats(0, 1e9)))  # type: ignore[arg-type]


def one_by_one(part: Rows) -> list[tuple[object, ...]]:
    return [
        (
            {name: found for name, column in part.features.items() if (found := column[row]) is not None},
            None if part.predictions is None else part.predictions[row],
            None if part.scores is None else part.scores[row],
            None if part.ids is None else part.ids[row],
        )
        for row in range(part.count)
    ]


@given(st.lists(rows(), min_size=1, max_size=4))
def test_a_batch_says_of_each_row_what_its_exchange_said(parts: list[Rows]):
    merged = merge(parts)
    assert one_by_one(merged) == [row for part in parts for row in one_by_one(part)]
    assert all(len(column) == merged.count for column in merged.features.values())
    assert merged.time == parts[0].time


def test_exchanges_of_the_same_columns_stay_lists_of_their_values():
    merged = merge(
        [
            Rows(1, {"a": [1.0], "b": ["x"]}, None, [0.5]),
            Rows(2, {"a": [2.0, 3.0], "b": ["y", "z"]}, None, [0.6, 0.7]),
        ]
    )
    assert merged.features == {"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"]}
    assert merged.scores == [0.5, 0.6, 0.7]
    assert merged.predictions is merged.ids is None
