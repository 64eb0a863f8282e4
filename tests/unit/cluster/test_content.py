"""When a live object is as it is wanted."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.cluster.content import digest, holds

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=5)


@given(objects)
def test_everything_holds_itself(wanted: dict[str, object]) -> None:
    assert holds(copy.deepcopy(wanted), wanted)


@given(objects, st.text(min_size=5, max_size=6), values)
def test_what_others_add_does_not_count(wanted: dict[str, object], name: str, value: object) -> None:
    assert holds({**wanted, name: value}, wanted)


@given(objects, st.text(min_size=5, max_size=6), values)
def test_what_is_missing_does(live: dict[str, object], name: str, value: object) -> None:
    assert not holds(live, {**live, name: value})


def test_groups_are_compared_by_name_whatever_their_order() -> None:
    burn, facts = {"name": "burn", "rules": [1]}, {"name": "facts", "rules": [2]}
    assert holds([{"name": "theirs"}, facts, burn], [burn, facts])
    assert not holds([facts, {"name": "burn", "rules": []}], [burn, facts])
    assert not holds([facts], [burn, facts])


def test_rules_are_compared_in_order_and_altogether() -> None:
    assert not holds({"rules": [1, 2]}, {"rules": [2, 1]})
    assert not holds({"rules": [1, 2]}, {"rules": [1]})


def test_a_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1}) != digest({"a": 1, "b": [2, 1]})
