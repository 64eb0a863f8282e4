"""Whether groups can be compared: there are two of them, and a class that is looked for."""

from collections.abc import Iterator

from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem
from modelmonitor.wire.scheme import Scheme

_FEWEST = 2


def problems(monitor: ModelMonitor, scheme: Scheme | None) -> Iterator[Problem]:
    """Yield every reason why a gap between groups could not be told."""
    model = monitor.spec.model
    for position, entry in enumerate(monitor.spec.fairness):
        path = f"spec.fairness[{position}]"
        if entry.attribute not in model.protected_attributes:
            known = ", ".join(model.protected_attributes) or "none"
            expected = f"one of spec.model.protectedAttributes ({known})"
            yield Problem(f"{path}.attribute", expected, repr(entry.attribute), "add it there")
        elif scheme is not None:
            yield from _groups(f"{path}.attribute", entry.attribute, scheme)
        if scheme is not None and model.positive_class not in scheme.classes:
            classes = ", ".join(scheme.classes) or f"none, of a {scheme.task}"
            expected = f"a model with the positive class {model.positive_class}"
            yield Problem(
                f"{path}.metric", expected, f"classes {classes}", "correct spec.model.positiveClass"
            )


def _groups(path: str, attribute: str, scheme: Scheme) -> Iterator[Problem]:
    values = next(one.values for one in scheme.groups if one.column == attribute)
    if len(values) < _FEWEST:
        got = f"{attribute} with {', '.join(values) or 'none'} alone"
        yield Problem(path, f"an attribute of at least {_FEWEST} groups", got, "there is nothing to compare")
