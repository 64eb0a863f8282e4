"""The program in a folder of the test's own, and files to run it on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.running import Program


@pytest.fixture
def modelmonitor(tmp_path: Path) -> Program:
    """Run the program in a folder of the test's own."""
    return Program(tmp_path)


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write documents into a file: mappings become YAML, texts stay as they are."""

    def written(name: str, *documents: str | dict[str, Any]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [it if isinstance(it, str) else yaml.safe_dump(it, sort_keys=False) for it in documents]
        path.write_text("---\n".join(texts))
        return path

    return written
