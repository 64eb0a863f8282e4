"""Tables in JSON: lists of objects, lists of lists, objects of columns become columns of equal length."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from modelmonitor.evaluator.ingest.reading import Refused, malformed
from modelmonitor.evaluator.rows import Values
from modelmonitor.wire.loss import Loss

Columns = dict[str, Values]
MAX_GAPS = 1 << 20
"""How many cells a list of objects may lack: objects that share no names would need their product."""


def rows(instances: Sequence[Any], names: Sequence[str]) -> Columns:
    """Return the columns of a list of objects, lists or lone values; those without names get the given ones.

    Raises
    ------
    Refused
        FEATURE_COUNT if there are names, and not one for each value; MALFORMED if objects and others are
        mixed.
    """
    kinds = set(map(type, instances))
    if kinds == {dict}:
        return records(instances)
    if dict in kinds:
        raise malformed()
    if kinds == {list}:
        return lists(instances, names)
    if len(names) > 1:
        raise Refused(Loss.FEATURE_COUNT)
    return dict.fromkeys(names, instances)


def records(objects: Sequence[Mapping[str, Any]]) -> Columns:
    """Return the columns of a list of objects; None where one lacks a name.

    A column of lists with one value each, as TensorFlow's clients write them, is a column of these values.
    """
    first = objects[0]
    if len(objects) == 1:
        return {
            name: value if type(value) is list and len(value) == 1 else [value]
            for name, value in first.items()
        }
    names: dict[str, Any] = dict.fromkeys(chain.from_iterable(objects))
    if len(names) * len(objects) - sum(map(len, objects)) > MAX_GAPS:
        raise malformed()
    return {name: _alone([one.get(name) for one in objects]) for name in names}


def lists(instances: Sequence[Sequence[Any]], names: Sequence[str]) -> Columns:
    """Return the columns of a list of lists; none where there are no names for them.

    Raises
    ------
    Refused
        FEATURE_COUNT if a list has not one value for each name.
    """
    if not names or not instances:
        return {}
    width = len(names)
    if set(map(len, instances)) != {width}:
        raise Refused(Loss.FEATURE_COUNT)
    flat = list(chain.from_iterable(instances))
    return {name: flat[number::width] for number, name in enumerate(names)}


def columns(table: Mapping[str, Any]) -> tuple[int, Columns]:
    """Return the number of rows and the columns of an object of lists; of one row, if not all are lists.

    Raises
    ------
    Refused
        MALFORMED if the lists differ in length.
    """
    if set(map(type, table.values())) != {list}:
        return 1, {name: [value] for name, value in table.items()}
    lengths = set(map(len, table.values()))
    if len(lengths) > 1:
        raise malformed()
    return lengths.pop(), {name: _alone(value) for name, value in table.items()}


def _alone(column: list[Any]) -> list[Any]:
    if not column or type(column[0]) is not list:
        return column
    if set(map(type, column)) == {list} and set(map(len, column)) == {1}:
        return [value[0] for value in column]
    return column
