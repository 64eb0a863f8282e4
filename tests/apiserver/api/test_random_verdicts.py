"""`parse` and the API server give the same verdict on whatever is wrong."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver.rest import MONITORS, Rest
from monitors import SLICE, Json, monitor, problems, specs

pytestmark = pytest.mark.apiserver


TEXTS = [
    "",
    "0",
    "a",
    "A",
    "5m",
    "0s",
    "1h",
    "99y",
    "2%",
    "0%",
    "Auto",
    "Technical",
    "a b",
    "x" * 64,
    "KS",
    "MAE",
]
FIELDS = ["typo", "factor", "atLeast", "atMost", "good", "folder", "window", "name", "warning", "selector"]
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(-5, 200),
    st.sampled_from(TEXTS),
    st.sampled_from([[], {}, [None], SLICE, {"typo": 1}]).map(copy.deepcopy),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [it for key, inner in inside for it in ((*path, key), *places(inner, (*path, key)))]


def instead(value: Any) -> st.SearchStrategy[Any]:
    """Give something that may stand in the place of a value: often of its type, at times anything."""
    if isinstance(value, str):
        return st.sampled_from(TEXTS) | st.sampled_from(TEXTS).map(lambda text: text + value) | junk
    if isinstance(value, int | float):
        return st.sampled_from([-1, 0, 0.5, 1, 99.9, 100, 100_000, 1e9, 1e9 + 1]) | junk
    return junk


@st.composite
def spoilt(draw: st.DrawFn) -> Json:
    """A valid spec in which one thing is replaced, removed, repeated or added."""
    spec: Json = copy.deepcopy(draw(specs))
    *parents, last = draw(st.sampled_from(places(spec)))
    container: Any = spec
    for step in parents:
        container = container[step]
    deed = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
    if deed == "replace":
        container[last] = draw(instead(container[last]))
    elif deed == "remove":
        del container[last]
    elif isinstance(container, list):
        container.append(copy.deepcopy(container[last]))
    else:
        container[draw(st.sampled_from(FIELDS))] = draw(junk)
    return spec


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(spoilt())
def test_both_say_the_same_of_whatever_is_wrong(api: Rest, spec: Json) -> None:
    whole = monitor() | {"spec": spec}
    answer = api.create(MONITORS, whole)
    assert answer.accepted == (problems(whole) == []), answer.message or problems(whole)
