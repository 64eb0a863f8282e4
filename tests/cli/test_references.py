"""References on the command line: where they are found, and what is said of those that are none."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from cli.running import Program
from modelmonitor.cli import main
from modelmonitor.wire import reading
from modelmonitor.wire.profile import MAX_BYTES
from monitors import monitor, objective
from profiles import numeric, profile
from references import config_map

ANEW = "write it anew with `modelmonitor profile`"
TEXT = json.dumps(reading.write(profile()))


def watched(name: str = "churn", namespace: str = "ml", **spec: Any) -> dict[str, Any]:
    """Give a monitor of drift that names a reference."""
    whole = {
        "targetRef": {"name": name},
        "model": {"task": "BinaryClassification", "positiveClass": "yes"},
        "reference": {"configMapRef": {"name": "churn-reference"}},
        "drift": {},
        **spec,
    }
    return monitor(name, **whole) | {"metadata": {"name": name, "namespace": namespace}}


def reference(text: str = TEXT, namespace: str | None = "ml", **data: str) -> dict[str, Any]:
    """Give a ConfigMap with a profile."""
    made = config_map(text)
    made["metadata"] |= {"namespace": namespace} if namespace else {}
    return made | ({"data": data} if data else {})


def validate(*paths: str, status: int) -> str:
    ended = CliRunner().invoke(main, ["validate", *paths])
    assert ended.exit_code == status, ended.output
    return ended.stderr if status else ended.output


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("namespace", ["ml", None])
def test_a_reference_is_found_in_the_files_of_a_folder(namespace: str | None, write: Any) -> None:
    write("monitors/churn.yaml", watched())
    write("references/churn.yml", reference(namespace=namespace), {"kind": "Service"})
    assert validate("monitors", "references", status=0) == (
        "note: left out 1 object of other kinds: 1 Service\ngood: 1 monitor with 0 objectives\n"
    )


def test_a_reference_is_found_in_the_monitors_own_file_and_in_lists(write: Any) -> None:
    write("all.yaml", {"apiVersion": "v1", "kind": "List", "items": [reference(), watched()]})
    write("beside.yaml", watched(namespace="other"), reference(namespace="other"))
    assert "good: 2 monitors" in validate("all.yaml", "beside.yaml", status=0)
    assert CliRunner().invoke(main, ["validate", "-"], input=yaml.safe_dump(watched())).exit_code == 1


def test_the_reference_of_ones_own_namespace_comes_first(write: Any) -> None:
    write(
        "churn.yaml", watched(), reference(namespace=None, text="{}"), reference(), reference(namespace="b")
    )
    assert "good" in validate("churn.yaml", status=0)
    write("churn.yaml", watched(), reference(namespace="b"))
    said = validate("churn.yaml", status=1)
    assert "churn.yaml:13: spec.reference.configMapRef: expected the profile in ConfigMap churn-ref" in said


def test_references_are_no_files_without_monitors(write: Any) -> None:
    write("churn.yaml", watched())
    write("reference.yaml", reference())
    write("values.yaml", "replicas: 2\n")
    assert "no ModelMonitor in 1 file: ./values.yaml" in validate(".", status=0)


def test_templates_beside_monitors_are_still_no_yaml(write: Any) -> None:
    write("churn.yaml", watched(reference=None, drift=None))
    write("template.yaml", "kind: ConfigMap\n{{ if .Values.x }}\nname: churn-reference\n{{ end }}\n")
    assert "good" in validate(".", status=0)


@pytest.mark.parametrize("form", ["bare", "config map", "config map as json"])
def test_a_reference_may_be_given_by_itself(form: str, write: Any) -> None:
    write("churn.yaml", watched())
    texts = {"bare": TEXT, "config map": reference("{}") | {"data": {"profile.json": TEXT}}}
    write("given", texts.get(form) or json.dumps(reference()))
    assert "good" in validate("churn.yaml", "--reference", "given", status=0)


def test_a_reference_that_is_given_belongs_to_one_monitor_that_names_one(write: Any) -> None:
    write("given.json", TEXT)
    write("two.yaml", watched(), watched("two"))
    ended = CliRunner().invoke(main, ["validate", "two.yaml", "--reference", "given.json"])
    assert ended.exit_code == 2
    assert "--reference is the reference of one monitor, got 2" in ended.stderr
    write("one.yaml", watched(reference=None, drift=None, objectives=[objective()]))
    said = validate("one.yaml", "--reference", "given.json", status=1)
    assert (
        "spec.reference: expected a reference, as given.json is given, got none; name the ConfigMap" in said
    )


BROKEN = {
    "truncated": (
        reference(TEXT[:-20]),
        ", profile.json: expected a whole JSON document, got text that ends in",
    ),
    "empty": (reference(""), ", profile.json: expected a whole JSON document, got nothing"),
    "another format": (reference('{"format": 2, "cells": []}'), ", profile.json: format: expected 1, got 2"),
    "unknown field": (reference('{"rows": 1, "colums": []}'), ", profile.json.colums: expected one of "),
    "too large": (
        reference(TEXT + " " * MAX_BYTES),
        f", profile.json: expected at most 524,288 bytes, got {len(TEXT) + MAX_BYTES:,}",
    ),
    "no such key": (
        reference(**{"profile.yaml": TEXT}),
        f": expected the key profile.json, got profile.yaml; {ANEW}",
    ),
    "no data": (reference() | {"data": None}, f": expected the key profile.json, got none; {ANEW}"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_reference_that_is_none_is_told_with_its_own_file_and_line(case: str, write: Any) -> None:
    body, answer = BROKEN[case]
    write("churn.yaml", watched(business=[{"name": "a", "query": "b"}]))
    path = write("reference.yaml", "kind: Service\n", body)
    said = validate(".", status=1).splitlines()
    lines = path.read_text().splitlines()
    expected = next((number for number, it in enumerate(lines, 1) if "profile.json" in it), None)
    expected = expected or next(number for number, it in enumerate(lines, 1) if it.startswith("data"))
    assert said[1].startswith(f"./reference.yaml:{expected}: ConfigMap churn-reference{answer}"), said
    assert said[0].startswith("./churn.yaml:"), said  # what is wrong with the monitor itself comes at once
    assert said[-1] == "2 problems in 2 files"


def test_a_reference_that_is_none_is_told_once_for_all_its_monitors(write: Any) -> None:
    write("churn.yaml", watched(), watched("two"), reference("{"))
    assert validate(".", status=1).splitlines()[-1] == "1 problem in 1 file"


def test_the_reference_of_another_task_is_told_where_the_monitor_names_it(write: Any) -> None:
    write("churn.yaml", watched(model={"task": "Regression"}), reference())
    assert (
        "churn.yaml:12: spec.reference.configMapRef: expected the reference of a model of task Regression"
        in (validate("churn.yaml", status=1))
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (TEXT[:-20], "given:1: ConfigMap churn-reference, profile.json: expected a whole JSON document, got"),
        (
            "kind: Service\n",
            "given:1: expected a ConfigMap or a profile, got no ConfigMaps; give the file that",
        ),
        (
            "",
            "given:1: expected a ConfigMap or a profile, got no ConfigMaps; give the file that `modelmonitor",
        ),
        (
            f"{yaml.safe_dump(reference())}---\n{yaml.safe_dump(reference())}",
            "got 2 ConfigMaps; give the file",
        ),
        ("kind: [", "given:1: expected a ConfigMap or a profile, got no ConfigMaps; give the file that"),
    ],
)
def test_a_given_reference_that_is_none_is_told(text: str, answer: str, write: Any) -> None:
    write("churn.yaml", watched())
    write("given", text)
    said = validate("churn.yaml", "--reference", "given", status=1)
    assert answer in said
    assert said.splitlines()[-1] == "1 problem in 1 file"


def test_a_contradiction_has_the_line_of_what_the_user_wrote(write: Any) -> None:
    path = write(
        "churn.yaml", watched(drift={"overrides": [{"feature": "agee", "tolerate": 1}]}), reference()
    )
    line = next(number for number, it in enumerate(path.read_text().splitlines(), 1) if "agee" in it)
    assert f"churn.yaml:{line}: spec.drift.overrides[0].feature: expected" in validate("churn.yaml", status=1)


def test_more_series_than_evaluators_tell_are_refused_with_the_arithmetic(write: Any) -> None:
    many = replace(profile(), columns=tuple(numeric(f"f{number}") for number in range(90)))
    write("churn.yaml", watched(), reference(json.dumps(reading.write(many))))
    said = validate("churn.yaml", status=1)
    assert "churn.yaml:9: spec.model: expected at most 2,000 series a pod of the evaluator, got 2," in said
    assert "modelmonitor_reference_count: " in said
    assert "leave out some of: the 90 features together (" in said
    assert (
        said.rstrip()
        .splitlines()[0]
        .endswith("; or allow more by `capture: {injection: None, maxSeries: …}`")
    )


def test_generate_tells_the_traffic_and_writes_what_evaluators_read(
    modelmonitor: Program, write: Any
) -> None:
    write("churn.yaml", watched())
    write("reference.yaml", reference())
    ended = modelmonitor("generate", "churn.yaml", "-o", "out", "--reference", "reference.yaml")
    assert ended.returncode == 0, ended.stderr
    assert re.search(
        "needs: ml/churn: drift: a verdict on @score needs [0-9,]+ predictions in 1h\n", ended.stdout
    )
    config = yaml.safe_load((modelmonitor.folder / "out/ml.churn-evaluator.yaml").read_text())
    assert json.loads(config["data"]["config.json"])["model"]["positiveClass"] == "yes"
    printed = modelmonitor("generate", ".")
    assert "note: needs: ml/churn: drift: a verdict on age needs" in printed.stderr
    assert (
        printed.stdout == modelmonitor("generate", "churn.yaml", "--reference", "reference.yaml", "-q").stdout
    )
    assert profile().hash in printed.stdout


def test_generate_writes_nothing_without_the_reference(modelmonitor: Program, write: Any) -> None:
    write("churn.yaml", watched())
    ended = modelmonitor("generate", "churn.yaml", "-o", "out")
    assert ended.returncode == 1
    assert "spec.reference.configMapRef: expected the profile in ConfigMap churn-reference" in ended.stderr
    assert not (modelmonitor.folder / "out").exists()
