"""Golden files for all tests: `make test ARGS=--update-golden` writes what is produced now."""

import difflib
import signal
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

Golden = Callable[[Path, str], None]

# A shell's background jobs ignore interrupts, and so would all that tests start and interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)
hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine proves nothing
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a golden file, or write the file when asked to; then read the diff."""
    update = request.config.getoption("--update-golden")

    def check(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        expected = path.read_text() if path.exists() else ""
        if text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), text.splitlines(), str(path), "produced", lineterm=""
            )
            pytest.fail(
                "\n".join([*lines, "if this is meant: make test ARGS=--update-golden"]), pytrace=False
            )

    return check
