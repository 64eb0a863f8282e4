"""What is read: files, folders, standard input; what is left out, and mistakes in the YAML."""

import pytest
import yaml
from click.testing import CliRunner

from cli.running import Program
from cli.written import burning, of
from modelmonitor.cli import main


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("kind: ModelMonitor\nspec: {a: [}\n", "x.yaml:2:12: ", "expected YAML, got a syntax error"),
        ("kind: ModelMonitor\n\tspec: 1\n", "x.yaml:2:1: ", "expected YAML, got a syntax error"),
        (
            "kind: ModelMonitor\nkind: ModelMonitor\n",
            "x.yaml:2:1: ",
            "expected every key once, got 'kind' a second time",
        ),
        (
            "kind: ModelMonitor\nspec: !secret x\n",
            "x.yaml:2:7: ",
            "expected plain YAML without tags, got the tag !secret",
        ),
        ("kind: ModelMonitor\nspec: &a [*a]\n", "x.yaml:2:", "expected a value that does not contain itself"),
        ("kind: ModelMonitor\nspec: \x01\n", "x.yaml:2:7: ", "a character that YAML forbids"),
        ("kind: ModelMonitor\nspec: " + "[" * 5000, "x.yaml:", "expected YAML, got"),
        ("kind: ModelMonitor\n? [a]\n: b\n", "x.yaml:2:", "expected keys that are text"),
        ("kind: ModelMonitor\n1: b\n", "x.yaml:", "expected"),
    ],
)
def test_a_mistake_in_the_yaml_has_its_line_and_column(
    text: str, place: str, said: str, write, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    write("x.yaml", text)
    ended = CliRunner().invoke(main, ["validate", "x.yaml"])
    assert ended.exit_code == 1
    assert any(line.startswith(place) and said in line for line in ended.stderr.splitlines()), ended.stderr


def test_a_file_that_is_no_text_is_said_to_be_none(modelmonitor: Program) -> None:
    (modelmonitor.folder / "x.yaml").write_bytes(b"kind: ModelMonitor\xff\n")
    ended = modelmonitor("validate", "x.yaml")
    assert (
        "x.yaml:1: expected a readable file with UTF-8 text, got the byte 0xff at offset 18" in ended.stderr
    )


def test_an_alias_that_repeats_itself_does_not_grow(modelmonitor: Program, write) -> None:
    levels = "\n".join(f"x{it}: &x{it} [{', '.join([f'*x{it - 1}'] * 9) if it else 'a'}]" for it in range(30))
    write("laughs.yaml", f"kind: ModelMonitor\n{levels}\n")
    assert modelmonitor("validate", "laughs.yaml").returncode == 1


def test_anchors_and_merge_keys_are_understood(modelmonitor: Program, write) -> None:
    write("churn.yaml", yaml.safe_dump(of(burning())) + "x-shared: &shared {name: churn}\n")
    assert "unknown field 'x-shared'" in modelmonitor("validate", "churn.yaml").stderr
    text = yaml.safe_dump(of(burning())).replace(
        "metadata:\n  name: churn", "metadata:\n  <<: {name: merged}\n  name: churn"
    )
    write("churn.yaml", text)
    assert modelmonitor("validate", "churn.yaml").returncode == 0


def test_other_kinds_are_left_out_with_a_note(modelmonitor: Program, write) -> None:
    write("all.yaml", {"kind": "Service"}, of(burning()), {"kind": "Service"}, "just text\n")
    ended = modelmonitor("validate", "all.yaml")
    assert ended.returncode == 0
    assert "note: left out 3 objects of other kinds: 2 Service, 1 no Kubernetes object" in ended.stderr


def test_a_file_without_any_monitor_is_said(modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning()))
    write("values.yaml", "replicas: 2\n")
    write("template.yaml", "{{ if .Values.x }}\nkind: Service\n{{ end }}\n")
    ended = modelmonitor("validate", ".")
    assert ended.returncode == 0
    assert "note: no ModelMonitor in 2 files: ./template.yaml, ./values.yaml" in ended.stderr


def test_nothing_to_validate_is_a_problem_unless_it_is_allowed(modelmonitor: Program, write) -> None:
    write("values.yaml", "replicas: 2\n")
    ended = modelmonitor("validate", "values.yaml")
    assert ended.returncode == 1
    assert "values.yaml: expected at least one ModelMonitor, got none; check the path" in ended.stderr
    assert modelmonitor("validate", "values.yaml", "--allow-none").returncode == 0


def test_standard_input_and_kubectls_lists_are_read(modelmonitor: Program) -> None:
    items = [of(burning()), of(burning(objective=100), name="two")]
    ended = modelmonitor(
        "validate", "-", stdin=yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})
    )
    assert "<stdin>:" in ended.stderr
    assert "spec.objectives[0].objective: expected a number above 0 and below 100, got 100" in ended.stderr
    assert "1 problem in 1 file" in ended.stderr


def test_a_file_that_is_named_twice_is_read_once(modelmonitor: Program, write) -> None:
    path = write("a.yaml", of(burning()))
    assert modelmonitor("validate", "a.yaml", ".", path).stdout == "good: 1 monitor with 1 objective\n"


def test_hidden_folders_are_left_alone(modelmonitor: Program, write) -> None:
    write("a.yaml", of(burning()))
    write(".git/b.yaml", of(burning(objective=100), name="b"))
    assert modelmonitor("validate", ".").returncode == 0
