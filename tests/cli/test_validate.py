"""`modelmonitor validate`: everything that is wrong, with file and line."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cli.running import MODELMONITOR, Program
from cli.written import burning, of
from modelmonitor.cli import main
from monitors import monitor, pair

BAD_INPUT = {
    "objective 100": (
        of(burning(objective=100)),
        "objectives[0].objective: expected a number above 0 and below 100, got 100",
    ),
    "objective 0": (
        of(burning(objective=0)),
        "objectives[0].objective: expected a number above 0 and below 100, got 0",
    ),
    "objective 101": (of(burning(objective=101)), "objectives[0].objective: expected a number above 0"),
    "objective 99,9": (
        of(burning(objective="99,9")),
        "got '99,9'; write it with a point and without quotes: 99.9",
    ),
    "two of a name": (
        of(burning(), burning()),
        "spec.objectives: expected every objective under a name of its own",
    ),
    "a pair that cannot fire": (
        of(burning(objective=50, pairs=[pair()])),
        "objectives[0].pairs[0]: expected an alert that can fire (factor x budget < 1)",
    ),
    "period 1d": (
        of(burning(window="1d")),
        "objectives[0].window: expected at least 7d without pairs of your own",
    ),
    "unknown field": (of(burning(windows="30d")), "got the unknown field 'windows'; did you mean 'window'?"),
    "no {{.window}}": (
        of(burning(sli={"events": {"error": "sum(rate(a[5m]))", "total": "sum(rate(b[{{.window}}]))"}})),
        "sli.events.error: expected the range [{{.window}}]",
    ),
    "query that is no PromQL": (
        of(
            burning(
                sli={"events": {"error": "sum(rate(a[{{.window}}])", "total": "sum(rate(b[{{.window}}]))"}}
            )
        ),
        "sli.events.error: expected PromQL, got line 1, column 4, near '('",
    ),
    "name of 41 characters": (of(burning(), name="a" * 41), "metadata.name: expected a DNS label"),
    "name of 253 characters": (of(burning(), name="a" * 253), "metadata.name: expected a DNS label"),
    "51 objectives": (
        of(*(burning(name=f"o{it}") for it in range(51))),
        "spec.objectives: expected a list of at most 50",
    ),
    "no spec": (
        {"apiVersion": "modelmonitor.dev/v1alpha1", "kind": "ModelMonitor", "metadata": {"name": "a"}},
        "spec",
    ),
    "other version": (
        of() | {"apiVersion": "modelmonitor.dev/v9"},
        "apiVersion: expected modelmonitor.dev/v1alpha1",
    ),
    "other kind": (of() | {"kind": "Monitor"}, "kind: expected ModelMonitor, got 'Monitor'"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_each_bad_input_is_answered_with_place_and_reason(case: str, write, monkeypatch, tmp_path) -> None:
    document, said = BAD_INPUT[case]
    monkeypatch.chdir(tmp_path)
    write("bad.yaml", document)
    ended = CliRunner().invoke(main, ["validate", "bad.yaml"])
    assert ended.exit_code == 1
    assert said in ended.stderr
    first = ended.stderr.splitlines()[0]
    assert first.startswith("bad.yaml:"), first
    assert first.split(":")[1].isdecimal(), first


def test_all_problems_of_all_files_come_at_once(modelmonitor: Program, write) -> None:
    write(
        "a.yaml",
        of(burning(objective=100), burning(name="other", windows="1d")),
        of(burning(objective=0), name="two"),
    )
    write("b/c.yml", of(burning(window="1d"), name="three"))
    ended = modelmonitor("validate", ".")
    assert len([line for line in ended.stderr.splitlines() if ": expected " in line]) == 4
    assert ended.stderr.splitlines()[-1] == "4 problems in 2 files"


def test_the_line_is_that_of_the_field_even_in_a_later_document(modelmonitor: Program, write) -> None:
    text = yaml.safe_dump(of(burning(objective=100)))
    write("churn.yaml", "kind: Service\n", text)
    expected = next(number for number, it in enumerate(text.splitlines(), 3) if "objective: 100" in it)
    assert f"churn.yaml:{expected}: " in modelmonitor("validate", "churn.yaml").stderr


def test_a_problem_of_the_plan_has_its_line_too(modelmonitor: Program, write) -> None:
    text = yaml.safe_dump(of(burning(window="1d")))
    write("churn.yaml", text)
    expected = next(number for number, it in enumerate(text.splitlines(), 1) if "window: 1d" in it)
    assert (
        f"churn.yaml:{expected}: spec.objectives[0].window" in modelmonitor("validate", "churn.yaml").stderr
    )


def test_two_monitors_of_one_name_are_found_across_files(modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning()))
    write("b.yaml", monitor(targetRef={"name": "other"}))
    said = modelmonitor("validate", "a.yaml", "b.yaml").stderr
    assert "b.yaml:4: metadata.name: expected a name of its own in the namespace" in said
    assert "got default/churn, which a.yaml:4 has too" in said


def test_two_monitors_of_one_target_are_found_across_files(modelmonitor: Program, write) -> None:
    write("a.yaml", monitor("one", targetRef={"name": "churn"}))
    write("b.yaml", monitor("two", targetRef={"name": "churn"}))
    said = modelmonitor("validate", ".").stderr
    assert "b.yaml:6: spec.targetRef: expected a workload of its own" in said
    assert "which default/one at" in said


def test_one_target_name_in_two_namespaces_is_two_targets(modelmonitor: Program, write) -> None:
    write("a.yaml", monitor("churn"))
    write("b.yaml", monitor("churn") | {"metadata": {"name": "churn", "namespace": "ml"}})
    assert modelmonitor("validate", ".").returncode == 0
    assert modelmonitor("validate", ".", "--namespace", "ml").returncode == 1


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_programs_get_the_same_answer(form: str, modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning(objective=100)), of(burning(), name="good"))
    ended = modelmonitor("validate", "a.yaml", "-o", form)
    answer = yaml.safe_load(ended.stdout) if form == "yaml" else json.loads(ended.stdout)
    (problem,) = answer["problems"]
    assert ended.returncode == 1
    assert not answer["valid"]
    assert (answer["files"], answer["monitors"], answer["objectives"]) == (1, 1, 1)
    assert (problem["file"], problem["monitor"], problem["got"]) == ("a.yaml", "default/churn", "100")
    assert problem["path"] == "spec.objectives[0].objective"
    assert isinstance(problem["line"], int)


def test_good_news_is_short_and_can_be_silenced(modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning()))
    loud, quiet = modelmonitor("validate", "a.yaml"), modelmonitor("validate", "a.yaml", "-q")
    assert loud.stdout == "good: 1 monitor with 1 objective\n"
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def _on_a_terminal(program: Program, *arguments: str, **environment: str) -> bytes:
    """Run the program with a pseudo terminal as its stderr and return what that shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [MODELMONITOR, *arguments], cwd=program.folder, stderr=theirs, env={**os.environ, **environment}
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # how a pseudo terminal says that the other side is closed
        pass
    os.close(ours)
    process.wait(timeout=30)
    return shown


def test_colours_are_for_terminals_and_can_be_refused(modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning(objective=100)))
    environment = {"TERM": "xterm", "NO_COLOR": ""}
    assert b"\x1b[" in _on_a_terminal(modelmonitor, "validate", "a.yaml", **environment)
    assert b"\x1b[" not in _on_a_terminal(modelmonitor, "validate", "a.yaml", "--no-color", **environment)
    assert b"\x1b[" not in _on_a_terminal(modelmonitor, "--no-color", "validate", "a.yaml", **environment)
    assert b"\x1b[" not in _on_a_terminal(
        modelmonitor, "validate", "a.yaml", **environment | {"NO_COLOR": "1"}
    )
    assert "\x1b[" not in modelmonitor("validate", "a.yaml").stderr


def test_many_files_show_their_progress_on_a_terminal(modelmonitor: Program, write) -> None:
    for number in range(201):
        write(f"{number}.yaml", "kind: Service\n")
    write("a.yaml", of(burning()))
    assert b"Reading" in _on_a_terminal(modelmonitor, "validate", ".", TERM="xterm")
    assert "Reading" not in modelmonitor("validate", ".").stderr


def test_the_examples_are_good() -> None:
    root = Path(__file__).parents[2]
    ended = Program(root)("validate", "manifests/examples")
    assert ended.returncode == 0, ended.stderr
