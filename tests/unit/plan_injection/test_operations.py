"""JSON Patches between any two objects, held against an implementation of RFC 6902."""

import copy
from typing import Any

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.plan import injection

keys = st.text("ab/~01.", max_size=3)
documents = st.recursive(
    st.none() | st.text(max_size=2) | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(keys, documents, max_size=4)


@given(before=objects, after=objects)
def test_the_operations_between_two_objects_make_one_of_the_other(before: Any, after: Any) -> None:
    made = injection.operations(before, after)
    assert jsonpatch.apply_patch(copy.deepcopy(before), made) == after
    assert (made == []) == (before == after)


def test_only_what_differs_is_touched() -> None:
    before = {"spec": {"containers": [{"name": "a"}, {"name": "b", "ports": [{"name": "http"}]}]}}
    after = copy.deepcopy(before)
    after["spec"]["containers"][1]["ports"][0]["name"] = "http-model"
    assert injection.operations(before, after) == [
        {"op": "replace", "path": "/spec/containers/1/ports/0/name", "value": "http-model"}
    ]


def test_a_label_key_with_a_slash_is_escaped() -> None:
    made = injection.operations({"labels": {}}, {"labels": {"a.b/c~d": "e"}})
    assert made == [{"op": "add", "path": "/labels/a.b~1c~0d", "value": "e"}]
