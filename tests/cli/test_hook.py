"""The pre-commit hook, called as pre-commit calls it: its entry, then the changed files."""

import shlex
from pathlib import Path

import yaml

from cli.running import Program
from monitors import monitor

ROOT = Path(__file__).parents[2]


def hook() -> dict[str, object]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return only


def arguments() -> list[str]:
    program, *rest = shlex.split(str(hook()["entry"]))
    assert program == "modelmonitor"
    return rest


def test_the_hook_sees_all_changed_yaml_files_at_once() -> None:
    assert (hook()["types"], hook()["require_serial"]) == (["yaml"], True)


def test_good_files_and_files_of_others_pass_in_silence(modelmonitor: Program, write) -> None:
    files = [
        write("a.yaml", monitor()),
        write("values.yaml", "a: 1\n"),
        write("t.yaml", "{{ include }}\n- x\n"),
    ]
    ended = modelmonitor(*arguments(), *files)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_bad_file_stops_the_commit_and_says_where(modelmonitor: Program, write) -> None:
    files = [write("a.yaml", monitor()), write("b.yaml", monitor("b", model={"task": "Guess"}))]
    ended = modelmonitor(*arguments(), *files)
    assert ended.returncode == 1
    assert "b.yaml:9: spec.model.task: expected one of" in ended.stderr
