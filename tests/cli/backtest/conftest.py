"""The command in a folder with a monitor, its reference and recordings, and real programs on the PATH."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

import tools
from cli.backtest import worlds
from cli.running import Program
from modelmonitor.cli.profiling import output

SPEC = {
    "drift": {"window": "30m"},
    "objectives": [
        {
            "name": "right",
            "objective": 60,
            "window": "1d",
            "pairs": [{"name": "page", "factor": 1.2, "long": "1h", "severity": "critical"}],
            "sli": {"quality": {"metric": "Accuracy"}},
        },
        {"name": "available", "objective": 99, "sli": {"availability": {}}},
        {"name": "own", "objective": 99, "sli": {"timeslices": {"query": "my_metric", "atLeast": 1}}},
    ],
}
ALWAYS = ("churn.yaml", "--reference", "churn-reference.yaml", "--time", "time")
ROLES = ("--score", "score", "--target", "churned", "--id", "id")


def path() -> str:
    """Give the PATH with real programs first."""
    folders = [str(tools.binary(name).parent) for name in ("prometheus", "promtool")]
    return os.pathsep.join([*folders, os.environ["PATH"]])


@dataclass(frozen=True)
class Folder:
    """What the command reads, and how it is run there."""

    path: Path
    environment: Mapping[str, str]

    @property
    def program(self) -> Program:
        return Program(self.path)

    def backtest(
        self, data: str | Path, *more: str | Path, roles: tuple[str, ...] = ROLES, **environment: str
    ):
        """Run the command."""
        return self.program(
            "backtest", *ALWAYS, "--data", data, *roles, *more, **{**self.environment, **environment}
        )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the monitor, its reference, and a recording that is quiet for an hour and then drifts."""
    folder = tmp_path_factory.mktemp("backtest")
    (folder / "churn.yaml").write_text(yaml.safe_dump(worlds.monitor(**SPEC)))
    known = worlds.profile(folder, worlds.rows(worlds.steady(24, 800, seed=1), seed=2))
    (folder / "churn-reference.yaml").write_text(
        output.config_map(known, output.Place("churn-reference", "ml"))
    )
    (folder / "churn-reference.json").write_text(output.document(known))
    times = worlds.steady(3, 3000)
    table = worlds.rows(times, 7, lambda it: np.where(it > 3600, 1.2, 0.0))
    worlds.write(folder / "drifting.ndjson", table)
    worlds.write(folder / "quiet.ndjson", worlds.rows(worlds.steady(1.5, 3000), 8))
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Folder:
    """A copy of that, with a folder of its own for what is temporary."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tmp").mkdir()
    return Folder(tmp_path, {"PATH": path(), "TMPDIR": str(tmp_path / "tmp")})


@pytest.fixture
def lines(folder: Folder) -> list[dict[str, object]]:
    """The rows of the quiet recording."""
    return [json.loads(line) for line in (folder.path / "quiet.ndjson").read_text().splitlines()]
