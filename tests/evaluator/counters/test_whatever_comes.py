"""No value of JSON stops the counting, and no row is lost by it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.counters.worlds import key, totals, world
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Task

SCHEMES = {task: world(task) for task in Task}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda it: st.lists(it, max_size=4) | st.dictionaries(st.text(max_size=3), it, max_size=3),
    max_leaves=6,
)
NAMES = ("age", "change", "flat", "plan", "region", "sex", "unheard")


@pytest.mark.parametrize("task", Task)
@given(data=st.data())
@settings(max_examples=20)
def test_every_row_is_in_one_cell_of_every_column(task: Task, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))

    def column() -> Any:
        return data.draw(st.none() | st.lists(JSON, min_size=count, max_size=count))

    sent = {name: values for name in NAMES if (values := column()) is not None}
    counters = Counters(SCHEMES[task], "", "")
    records = counters.predicted(Rows(count, sent, column(), column()))
    found = totals(counters)
    assert len(records) == count
    assert sum(value for (name, _), value in found.items() if name == "predictions_total") == count
    for feature in {dict(labels)["feature"] for name, labels in found if name == "feature_missing_total"}:
        missing = found[key("feature_missing_total", feature=feature)]
        numeric = found.get(key("feature_value_bucket", feature=feature, le="+Inf"), 0)
        categories = sum(
            value
            for (name, labels), value in found.items()
            if name == "feature_category_total" and ("feature", feature) in labels
        )
        assert missing + numeric + categories == count, feature
        assert found[key("feature_invalid_total", feature=feature)] <= missing
