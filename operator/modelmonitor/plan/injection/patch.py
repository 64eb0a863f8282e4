"""The difference of two objects as a JSON Patch (RFC 6902), as small as other webhooks can live with."""

from itertools import chain
from typing import Any

from modelmonitor.plan.rulefile import Manifest


def operations(before: Any, after: Any, path: str = "") -> list[Manifest]:
    """List the operations that make one object of another; empty where they are equal.

    Items that a list has gained stand at its end: they are appended, the others are changed where they are.

    >>> operations({"a/b": [1]}, {"a/b": [1, 2]})
    [{'op': 'add', 'path': '/a~1b/-', 'value': 2}]
    """
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return _of_maps(before, after, path)
    if isinstance(before, list) and isinstance(after, list) and len(before) <= len(after):
        changed = (operations(*pair, f"{path}/{at}") for at, pair in enumerate(zip(before, after)))  # noqa: B905
        appended = [_add(f"{path}/-", value) for value in after[len(before) :]]
        return [*chain.from_iterable(changed), *appended]
    return [{"op": "replace", "path": path, "value": after}]


def _of_maps(before: Manifest, after: Manifest, path: str) -> list[Manifest]:
    places = {key: f"{path}/{_escaped(key)}" for key in (*before, *after)}
    removed = [{"op": "remove", "path": places[key]} for key in before if key not in after]
    added = [_add(places[key], value) for key, value in after.items() if key not in before]
    kept = (operations(before[key], after[key], places[key]) for key in before if key in after)
    return [*removed, *chain.from_iterable(kept), *added]


def _add(path: str, value: Any) -> Manifest:
    return {"op": "add", "path": path, "value": value}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
