"""`{"predictions": …}`, as KServe v1 and MLflow answer: lone values, lists or objects, one for each row."""

from typing import Any

from modelmonitor.evaluator.ingest import table
from modelmonitor.evaluator.ingest.reading import malformed
from modelmonitor.evaluator.rows import Values

NAME = "predictions"


def outputs(response: Any) -> dict[str, Values]:
    """Return the outputs of a response: the keys of prediction objects, or one output called `predictions`.

    A bare list is taken for the predictions; an object of lists for columns.

    Raises
    ------
    Refused
        If there are no predictions, or objects and others are mixed.
    """
    found = response.get(NAME) if isinstance(response, dict) else response
    if isinstance(found, dict):
        return table.columns(found)[1]
    if not isinstance(found, list):
        raise malformed()
    kinds = set(map(type, found))
    if kinds == {dict}:
        return table.records(found)
    if dict in kinds:
        raise malformed()
    return {NAME: found}
