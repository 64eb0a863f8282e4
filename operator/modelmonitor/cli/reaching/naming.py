"""Names as users type them: nothing else may become a part of an address of the Kubernetes API."""

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OBJECT = re.compile(rf"{_LABEL}([.]{_LABEL})*")
_LONGEST_OBJECT, _LONGEST_LABEL, _LONGEST_MONITOR = 253, 63, 40
_SHOWN = 60


def object_name(text: str) -> str:
    """Return the name of an object.

    Raises
    ------
    ValueError
        If no object can have it: then the API would be asked for something else.

    >>> object_name("churn.v2")
    'churn.v2'
    """
    if len(text) > _LONGEST_OBJECT or not _OBJECT.fullmatch(text):
        raise ValueError(f"expected the name of a Kubernetes object: a-z, 0-9, - and ., got {_shown(text)}")
    return text


def namespace_name(text: str) -> str:
    """Return the name of a namespace; ValueError if none can have it."""
    if len(text) > _LONGEST_LABEL or not re.fullmatch(_LABEL, text):
        raise ValueError(f"expected a DNS label such as ml, got {_shown(text)}")
    return text


def monitor_name(text: str) -> str:
    """Return the name of a monitor, which is shorter than others; ValueError if none can have it."""
    if len(text) > _LONGEST_MONITOR or not re.fullmatch(_LABEL, text):
        most = _LONGEST_MONITOR
        raise ValueError(f"expected a-z, 0-9 and -, at most {most} characters, got {_shown(text)}")
    return text


def monitor_of(target: str) -> str:
    """Return the name that the monitor of a workload gets.

    >>> monitor_of("churn.v2"), monitor_of("x" * 50) == "x" * 40
    ('churn-v2', True)
    """
    return target.replace(".", "-")[:_LONGEST_MONITOR].strip("-")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
