"""Monitors as the tests of the command line write them into files."""

from typing import Any

from monitors import EVENTS, monitor, objective


def of(*objectives: dict[str, Any], name: str = "churn", **spec: Any) -> dict[str, Any]:
    """Give a monitor of a workload of its own name."""
    return monitor(name, objectives=list(objectives), targetRef={"name": name}, **spec)


def burning(**fields: Any) -> dict[str, Any]:
    """Give an objective over events."""
    return objective(**{"sli": EVENTS, **fields})
