"""`modelmonitor generate`: what is written, where, and what is said about it."""

import subprocess
from pathlib import Path

import pytest
import yaml

import tools
from cli.running import Program
from monitors import EVENTS, monitor, objective

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "manifests" / "examples"


def of(name: str = "churn", **spec):
    return monitor(name, **{"objectives": [objective(sli=EVENTS)], "targetRef": {"name": name}, **spec})


def test_everything_goes_to_stdout_as_one_stream_for_kubectl(modelmonitor: Program, write) -> None:
    write("a.yaml", of("one"), of("two", dashboards={}))
    ended = modelmonitor("generate", "a.yaml")
    objects = list(yaml.safe_load_all(ended.stdout))
    assert [(it["kind"], it["metadata"]["name"]) for it in objects] == [
        ("PrometheusRule", "one-slo"),
        ("PrometheusRule", "two-slo"),
        ("ConfigMap", "two-dashboard-executive"),
        ("ConfigMap", "two-dashboard-technical"),
    ]
    assert ended.returncode == 0


def test_standard_input_and_a_folder_make_the_same(modelmonitor: Program, write) -> None:
    path = write("monitors/a.yaml", of())
    piped = modelmonitor("generate", "-", stdin=path.read_text())
    assert piped.stdout == modelmonitor("generate", "monitors").stdout
    assert piped.stdout


def test_each_object_gets_a_file_of_a_stable_name(modelmonitor: Program, write) -> None:
    write("a.yaml", of("one", dashboards={"kinds": ["Technical"]}), {"kind": "Service"})
    ended = modelmonitor("generate", "a.yaml", "-o", "out", "--namespace", "ml")
    names = sorted(path.name for path in (modelmonitor.folder / "out").iterdir())
    assert names == ["ml.one-dashboard-technical.yaml", "ml.one-slo.yaml"]
    assert "ml/one       2     25       5" in ended.stdout
    assert "out: 2 files written, 0 unchanged" in ended.stdout
    assert "left out 1 object of other kinds: 1 Service" in ended.stderr


def test_only_what_changed_is_written_again(modelmonitor: Program, write) -> None:
    write("one.yaml", of("one"))
    write("two.yaml", of("two"))
    modelmonitor("generate", ".", "-o", "out")
    kept, changed = (modelmonitor.folder / "out" / f"default.{name}-slo.yaml" for name in ("one", "two"))
    before = kept.stat().st_mtime_ns, changed.stat().st_mtime_ns
    write("two.yaml", of("two", objectives=[objective(sli=EVENTS, objective=90)]))
    ended = modelmonitor("generate", ".", "-o", "out")
    after = kept.stat().st_mtime_ns, changed.stat().st_mtime_ns
    assert (before[0] == after[0], before[1] < after[1]) == (True, True)
    assert "out: 1 file written, 1 unchanged" in ended.stdout
    assert not list((modelmonitor.folder / "out").glob(".*"))


def test_a_file_whose_monitor_is_gone_is_told_and_kept(modelmonitor: Program, write) -> None:
    write("one.yaml", of("one"))
    two = write("two.yaml", of("two"))
    modelmonitor("generate", ".", "-o", "out")
    (modelmonitor.folder / "out" / "mine.yaml").write_text("kind: Service\n")
    two.unlink()
    ended = modelmonitor("generate", ".", "-o", "out")
    assert "stale: out/default.two-slo.yaml: no monitor of this run makes it" in ended.stdout
    assert "mine.yaml" not in ended.stdout
    assert (modelmonitor.folder / "out" / "default.two-slo.yaml").exists()


def test_one_bad_monitor_keeps_all_files_from_being_written(modelmonitor: Program, write) -> None:
    write("a.yaml", of("good"), of("bad", objectives=[objective(sli=EVENTS, window="1d")]))
    ended = modelmonitor("generate", "a.yaml", "-o", "out")
    assert ended.returncode == 1
    assert "spec.objectives[0].window: expected at least 7d without pairs of your own, got 1d" in ended.stderr
    assert not (modelmonitor.folder / "out").exists()
    assert modelmonitor("generate", "a.yaml").stdout == ""


def test_adapted_pairs_are_told_with_the_reason(modelmonitor: Program, write) -> None:
    write("a.yaml", of(objectives=[objective(sli=EVENTS, objective=90)]))
    reason = "steady: page-quick: window 1h48m in place of 1h: over 1h it would need an error ratio of 1.44"
    assert f"note: adapted: default/churn: {reason}" in modelmonitor("generate", "a.yaml").stderr
    assert f"adapted: default/churn: {reason}" in modelmonitor("generate", "a.yaml", "-o", "out").stdout
    assert modelmonitor("generate", "a.yaml", "-q").stderr == ""


def test_links_and_labels_come_from_the_options(modelmonitor: Program, write) -> None:
    write("a.yaml", of(dashboards={}))
    options = [
        "--grafana-url",
        "https://g.example",
        "--runbooks-url",
        "https://r.example/x",
        "--rule-label",
        "release=prom",
    ]
    rules = next(yaml.safe_load_all(modelmonitor("generate", "a.yaml", *options).stdout))
    alert = next(rule for rule in rules["spec"]["groups"][0]["rules"] if "alert" in rule)
    assert rules["metadata"]["labels"]["release"] == "prom"
    assert alert["annotations"]["runbook_url"] == "https://r.example/x/ModelSLOErrorBudgetBurn"
    assert alert["annotations"]["dashboard_url"].startswith("https://g.example/d/mm-")


def test_a_rule_label_that_kubernetes_refuses_is_refused(modelmonitor: Program, write) -> None:
    write("a.yaml", of())
    ended = modelmonitor("generate", "a.yaml", "--rule-label", "release=a b")
    assert ended.returncode == 2
    assert "expected a label value" in ended.stderr


def test_plain_rule_files_are_what_prometheus_reads(modelmonitor: Program, write) -> None:
    write(
        "a.yaml",
        of("one", dashboards={"kinds": ["Technical"]}),
        of("two", prometheus={"output": "ConfigMap"}),
    )
    modelmonitor("generate", "a.yaml", "-o", "out", "--format", "prometheus")
    names = sorted(path.name for path in (modelmonitor.folder / "out").iterdir())
    assert names == [
        "default.one-dashboard-technical.json",
        "default.one.rules.yaml",
        "default.two.rules.yaml",
    ]
    rules = yaml.safe_load((modelmonitor.folder / "out/default.two.rules.yaml").read_text())
    assert [group["name"] for group in rules["groups"]] == ["steady-burn", "steady-period", "steady-facts"]


def test_several_plain_rule_files_do_not_fit_into_one_stream(modelmonitor: Program, write) -> None:
    write("a.yaml", of("one"), of("two"))
    ended = modelmonitor("generate", "a.yaml", "--format", "prometheus")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Prometheus reads one document a file" in ended.stderr


def test_a_monitor_without_objectives_makes_no_rules(modelmonitor: Program, write) -> None:
    write("a.yaml", of(objectives=[]))
    ended = modelmonitor("generate", "a.yaml", "-o", "out", "--tests")
    assert "default/churn      0      0       0" in ended.stdout


def test_rules_in_a_config_map_are_counted_alike(modelmonitor: Program, write) -> None:
    write("a.yaml", of("one", prometheus={"output": "ConfigMap"}))
    assert "default/one      1     25       5" in modelmonitor("generate", "a.yaml", "-o", "out").stdout


@pytest.mark.promtool
@pytest.mark.parametrize(("form", "rules"), [("kubernetes", "tests/"), ("prometheus", "")])
def test_the_tests_beside_the_rules_pass_and_catch_a_changed_rule(
    form: str, rules: str, modelmonitor: Program, write
) -> None:
    promtool, out = tools.binary("promtool"), modelmonitor.folder / "out"
    quick = {"name": "page", "factor": 10, "long": "6m", "severity": "critical"}
    write(
        "a.yaml",
        of(
            objectives=[objective(sli=EVENTS, window="6h", objective=99, pairs=[quick])],
            prometheus={"scrapeInterval": "5s"},
        ),
    )
    ended = modelmonitor("generate", "a.yaml", "-o", "out", "--tests", "--format", form)
    assert "run the tests: promtool test rules out/tests/*.test.yaml" in ended.stdout
    command = [promtool, "test", "rules", out / "tests/default.churn.test.yaml"]
    passed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    path = out / rules / "default.churn.rules.yaml"
    path.write_text(path.read_text().replace("> 0.1", "> 0.2"))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("form", ["kubernetes", "prometheus"])
def test_the_tests_evaluate_no_rules_but_those_that_they_are_about(
    form: str, modelmonitor: Program, write
) -> None:
    """Drift, quality and their kin at every minute of every test would take minutes."""
    measured = objective("exact", objective=95, sli={"quality": {"metric": "MAE", "atMost": 1}})
    up = objective("up", objective=99, sli={"availability": {}})
    write("a.yaml", of(labels={}, objectives=[up, measured]))
    modelmonitor("generate", "a.yaml", "-o", "out", "--tests", "--format", form)
    tests = yaml.safe_load((modelmonitor.folder / "out/tests/default.churn.test.yaml").read_text())
    (name,) = tests["rule_files"]
    rules = yaml.safe_load((modelmonitor.folder / "out/tests" / name).read_text())
    assert {group["name"].partition("-")[0] for group in rules["groups"]} == {"up"}


@pytest.mark.promtool
def test_promtool_accepts_the_rules_of_every_example(modelmonitor: Program) -> None:
    modelmonitor("generate", EXAMPLES, "-o", "out", "--format", "prometheus")
    files = sorted((modelmonitor.folder / "out").glob("*.rules.yaml"))
    command = [tools.binary("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *files]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    monitors = [it for it in EXAMPLES.glob("*.yaml") if not it.stem.endswith("-reference")]
    assert len(files) == len(monitors) >= 10


def test_the_crd_is_the_one_in_the_repository(modelmonitor: Program) -> None:
    assert modelmonitor("crd").stdout == (ROOT / "crds/modelmonitor.dev_modelmonitors.yaml").read_text()
