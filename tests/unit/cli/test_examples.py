"""The examples in docstrings of what commands do in a cluster."""

import doctest
import importlib

import pytest

ROOT = "modelmonitor.cli"
MODULES = (
    "initialising.exposed",
    "initialising.running",
    "legible",
    "reaching.address",
    "reaching.naming",
    "standing.monitor",
    "standing.reasons",
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"{ROOT}.{module}"))
    assert (found.failed, found.attempted > 0) == (0, True)
