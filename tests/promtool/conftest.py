"""A real promtool for the tests of this folder, and the table of mutants at the end."""

import pytest

import tools
from promtool.runner import Promtool

KILLED = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Promtool:
    """The program, built on first use, and a folder for the files that it reads."""
    return Promtool(tools.binary("promtool"), tmp_path_factory.mktemp("promtool"))


@pytest.fixture(scope="session")
def mutants_killed(request: pytest.FixtureRequest) -> dict[str, str]:
    """Which check or scenario noticed which mutant."""
    return request.config.stash.setdefault(KILLED, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    killed = terminalreporter.config.stash.get(KILLED, {})
    cells = sum(
        int(str(value))
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "cells"
    )
    if cells:
        terminalreporter.section("burn-rate alerts against the closed form")
        terminalreporter.write_line(
            f"{cells} cells (outage x pair) fire and end at exactly the evaluation foreseen"
        )
    if killed:
        terminalreporter.section("mutants of the rules, and what noticed them")
        for mutant, killer in killed.items():
            terminalreporter.write_line(f"{mutant:52} {killer.replace('_', ' ')}")
