"""The examples in the docstrings of statistics are true."""

import doctest
import importlib
import pkgutil

import pytest

from modelmonitor import stats

MODULES = [module.name for module in pkgutil.iter_modules(stats.__path__, f"{stats.__name__}.")]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
