"""`modelmonitor profile` as users run it: what it writes where, what it tells, how it ends."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli.profiling import tables
from cli.running import MODELMONITOR, Program
from modelmonitor import wire
from modelmonitor.wire import reading
from modelmonitor.wire.profile import Profile

ROOT = Path(__file__).parents[3]
ROLES = "--target churned --score score --prediction prediction --positive-class yes --id id"
OPTIONS = tuple(ROLES.split(" "))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tables.write(tmp_path / "customers.csv", tables.customers())


def read(text: str) -> Profile:
    return reading.read(Profile, json.loads(text))


def test_a_config_map_holds_the_profile(modelmonitor: Program, table: Path, tmp_path: Path) -> None:
    ended = modelmonitor("profile", table, *OPTIONS, "-o", "churn-reference.yaml", "-n", "ml")
    assert (ended.returncode, ended.stderr) == (0, "")
    written = yaml.safe_load((tmp_path / "churn-reference.yaml").read_text())
    assert (written["kind"], written["metadata"]["name"]) == ("ConfigMap", "churn-reference")
    assert written["metadata"]["namespace"] == "ml"
    found = read(written["data"][wire.KEY_PROFILE])
    assert found == tables.of_file(table, **tables.CHURN).profile
    assert written["metadata"]["labels"]["modelmonitor.dev/profile"] == found.hash
    assert f"600 rows, 5 features, BinaryClassification, profile {found.hash}" in ended.stdout


def test_a_name_that_ends_in_json_gets_the_bare_profile(
    modelmonitor: Program, table: Path, tmp_path: Path
) -> None:
    assert modelmonitor("profile", table, *OPTIONS, "-o", "reference.json", "-q").stdout == ""
    assert read((tmp_path / "reference.json").read_text()).rows == 600


def test_from_standard_input_to_standard_output_with_the_summary_apart(
    modelmonitor: Program, table: Path
) -> None:
    ended = modelmonitor("profile", "-", *OPTIONS, "-o", "-", stdin=table.read_bytes())
    assert read(yaml.safe_load(ended.stdout)["data"][wire.KEY_PROFILE]).rows == 600
    assert "600 rows" in ended.stderr


def test_without_an_output_it_only_tells(modelmonitor: Program, table: Path, tmp_path: Path) -> None:
    ended = modelmonitor("profile", table, *OPTIONS)
    assert "nothing was written: say where with -o" in ended.stdout
    assert list(tmp_path.iterdir()) == [table]
    for said in ("age", "numeric", "basic, plus, pro", "@score", "Accuracy 0.", "█"):
        assert said in ended.stdout


def test_the_summary_for_programs_is_json(modelmonitor: Program, table: Path) -> None:
    told = json.loads(modelmonitor("profile", table, *OPTIONS, "--summary", "json").stdout)
    assert told["rows"] == 600
    assert [it["name"] for it in told["columns"]][-2:] == ["@prediction", "@score"]
    assert told["metrics"]["Accuracy"]["rows"] == 600


def test_problems_come_with_the_file_and_nothing_is_written(
    modelmonitor: Program, table: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.yaml").write_text("old")
    ended = modelmonitor("profile", table, "--target", "churn", "--score", "scor", "-o", "old.yaml")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        f"{table}: --target: expected a column of the file, got 'churn'; did you mean 'churned'?",
        f"{table}: --score: expected a column of the file, got 'scor'; did you mean 'score'?",
    ]
    assert (tmp_path / "old.yaml").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'FILE|-'"),
        (["nothing.csv"], "does not exist"),
        (["customers.csv", "--type", "age=number"], "expected COLUMN=numeric or COLUMN=categorical, got"),
        (
            ["customers.csv", "--score", "a", "--score", "b"],
            "expected CLASS=COLUMN for each of several",
        ),
        (["customers.csv", "--decision-threshold", "1"], "is not in the range 0<x<1"),
        (["customers.csv", "--name", "Churn"], "expected a DNS name such as churn-reference, got 'Churn'"),
        (["customers.csv", "--task", "clustering"], "is not one of"),
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], said: str, modelmonitor: Program, table: Path) -> None:
    ended = modelmonitor("profile", *arguments)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_folder_that_is_not_there_is_named(modelmonitor: Program, table: Path) -> None:
    ended = modelmonitor("profile", table, *OPTIONS, "-o", "missing/reference.yaml")
    assert ended.returncode == 1
    assert "No such file or directory" in ended.stderr


def test_help_loads_nothing_that_counts() -> None:
    script = """
import sys
from modelmonitor.cli import main
try:
    main(["profile", "--help"])
except SystemExit:
    print({"numpy", "rich", "pyarrow", "yaml", "pydantic"} & sys.modules.keys(), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stderr == "set()\n"
    assert "Examples:\n    modelmonitor profile churn.csv" in ended.stdout


def test_the_page_shows_what_is_shown(modelmonitor: Program) -> None:
    page = (ROOT / "docs/reference-profile.md").read_text()
    command, shown = page.split("\n    modelmonitor ", 2)[1].split("\n\n```\n", 1)
    ended = modelmonitor(*command.replace("manifests", f"{ROOT}/manifests").split())
    lines = [line.rstrip() for line in ended.stdout.splitlines()]
    assert lines == shown.partition("\n```")[0].splitlines()


def on_a_terminal(arguments: list[str | Path], **environment: str) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [MODELMONITOR, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    said = b""
    try:
        while block := os.read(ours, 65536):
            said += block
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return said.decode()


def test_a_terminal_sees_progress_and_colours_unless_they_are_not_wanted(table: Path) -> None:
    shown = on_a_terminal(["profile", table, *OPTIONS], NO_COLOR="")
    assert "1/2 Looking" in shown
    assert "2/2 Counting" in shown
    assert "rows" in shown
    assert "\x1b[1m" in shown
    for plain in (
        on_a_terminal(["profile", table, *OPTIONS, "--no-color"]),
        on_a_terminal(["profile", table, *OPTIONS], NO_COLOR="1"),
    ):
        assert "\x1b[1m" not in plain
        assert "\x1b[3" not in plain
    assert on_a_terminal(["profile", table, *OPTIONS, "--quiet"]) == ""


def test_names_cannot_write_to_the_terminal(modelmonitor: Program, tmp_path: Path) -> None:
    values = [it % 50 for it in range(400)]
    path = tables.write(tmp_path / "t.csv", {"[bold]x": values, "y\x1b[31m": values})
    shown = modelmonitor("profile", path).stdout
    assert "[bold]x" in shown
    assert "y�[31m" in shown
    assert "\x1b" not in shown
    assert (
        "\x1b" not in modelmonitor("profile", path, "--type", "y\x1b[31m=categorical", "--cells", "90").stderr
    )
