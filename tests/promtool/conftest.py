"""A real promtool for the tests of this folder."""

from pathlib import Path

import pytest

import tools
from promtool.runner import Promtool


@pytest.fixture(scope="session")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Promtool:
    """The program, built on first use, and a folder for the files that it reads."""
    return Promtool(tools.binary("promtool"), tmp_path_factory.mktemp("promtool"))


@pytest.fixture(scope="session")
def promtool_path(promtool: Promtool) -> Path:
    return promtool.program
