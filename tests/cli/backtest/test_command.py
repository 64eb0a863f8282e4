"""The command as users run it: what it tells, in which form, and with which status."""

import html.parser
import json
import re

import pytest
import yaml

from cli.backtest.conftest import Folder

pytestmark = pytest.mark.promtool

BURN, DRIFT = "ModelSLOErrorBudgetBurn", "ModelPredictionDrift"


def test_drift_is_told_with_its_time_and_its_numbers(folder: Folder) -> None:
    ended = folder.backtest("drifting.ndjson", "-o", "json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["monitor"], report["rows"]) == ("ml/churn", 9000)
    fired = {one["alert"]: one for one in report["alerts"]}
    assert {"ModelPredictionDrift", "ModelFeatureDrift"} <= fired.keys()
    (episode,) = fired[DRIFT]["episodes"]
    assert "2026-01-01T01:00:00Z" < episode["from"] < "2026-01-01T01:45:00Z"
    assert episode["until"] is None
    assert episode["value"] > 1
    assert "PSI" in episode["annotations"]["description"]
    assert "{{" not in str(episode["annotations"])


def test_what_was_not_recorded_is_listed_with_its_rules(folder: Folder) -> None:
    report = json.loads(folder.backtest("quiet.ndjson", "-o", "json").stdout)
    by_reason = {one["reason"]: one for one in report["unanswered"]}
    requests = by_reason["recorded predictions say nothing about requests"]
    assert f"{BURN} available page-quick" in requests["alerts"]
    others = by_reason["not among recorded predictions"]
    assert f"{BURN} own page-quick" in others["alerts"]
    assert "my_metric" in others["metrics"]
    silent = {one["alert"] for one in report["silent"]}
    assert {f"{BURN} right page", DRIFT} <= silent
    answered = {*silent, *(one["alert"] for one in report["alerts"])}
    assert not {it for one in report["unanswered"] for it in one["alerts"]} & answered


def test_without_labels_nothing_is_said_about_quality(folder: Folder) -> None:
    ended = folder.backtest("quiet.ndjson", "-o", "yaml", roles=("--score", "score"))
    report = yaml.safe_load(ended.stdout)
    (reason,) = [one for one in report["unanswered"] if "--target" in one["reason"]]
    assert f"{BURN} right page" in reason["alerts"]


def test_the_table_is_narrow_and_plain_where_nobody_looks(folder: Folder) -> None:
    ended = folder.backtest("drifting.ndjson")
    assert ended.returncode == 0
    assert max(map(len, ended.stdout.splitlines())) <= 100
    assert "\x1b" not in ended.stdout + ended.stderr
    assert re.search(r"^ModelPredictionDrift +critical +1 +2026-01-01 01:", ended.stdout, re.MULTILINE)
    assert "not answered: " in ended.stdout


class _Page(html.parser.HTMLParser):
    """Collects what a page would load, and what is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data")]


def test_the_page_draws_drift_and_loads_nothing(folder: Folder) -> None:
    ended = folder.backtest("drifting.ndjson", "-o", "report.html")
    assert ended.returncode == 0, ended.stderr
    text = (folder.path / "report.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.loaded == []
    assert not {"script", "link", "iframe", "img", "object"} & {*page.tags}
    assert "@import" not in text
    assert "url(" not in text
    assert page.tags.count("svg") >= 4
    assert "Drift of predictions, 30m" in text
    assert "surely more than tolerated" in text
    assert "Error budget left" in text
    assert "report.html: " in ended.stdout


@pytest.mark.parametrize(
    ("data", "severity", "status"),
    [("drifting", "critical", 1), ("quiet", "warning", 0)],
)
def test_a_pipeline_can_fail_on_alerts(data: str, severity: str, status: int, folder: Folder) -> None:
    ended = folder.backtest(f"{data}.ndjson", "--fail-on", severity, "-q", "-o", "json")
    assert ended.returncode == status, ended.stderr
    assert ended.stderr == ""


def test_the_reference_may_be_bare_json_and_nothing_stays_but_the_report(folder: Folder) -> None:
    ended = folder.backtest("quiet.ndjson", "--reference", "churn-reference.json", "-o", "report.json", "-q")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert json.loads((folder.path / "report.json").read_text())["rows"] == 4500
    assert list((folder.path / "tmp").iterdir()) == []
    assert not list(folder.path.glob(".report*"))


def test_part_of_a_recording_can_be_chosen(folder: Folder) -> None:
    ended = folder.backtest(
        "drifting.ndjson", "--until", "2026-01-01T00:55:00Z", "--step", "1m", "-o", "json", "-q"
    )
    report = json.loads(ended.stdout)
    assert report["alerts"] == []
    assert report["rows"] < 3000
    assert (report["until"], report["scrapeInterval"]) == ("2026-01-01T00:55:00Z", "1m")


def test_a_step_that_is_too_long_for_a_window_is_said(folder: Folder) -> None:
    ended = folder.backtest("quiet.ndjson", "--step", "5m", "-o", "json", "-q")
    report = json.loads(ended.stdout)
    short = [one for one in report["unanswered"] if "too short" in one["reason"]]
    assert any(f"{BURN} right page" in one["alerts"] for one in short)
    assert any("a scrape every 5m, not every 30s" in note for note in report["notes"])


def test_options_and_their_values_are_completed(folder: Folder) -> None:
    words = {"COMP_WORDS": "modelmonitor backtest --fail-on ", "COMP_CWORD": "3"}
    ended = folder.program(_MODELMONITOR_COMPLETE="bash_complete", **words)
    assert {"plain,critical", "plain,warning"} <= {*ended.stdout.split()}
    words = {"COMP_WORDS": "modelmonitor backtest -o j", "COMP_CWORD": "3"}
    ended = folder.program(_MODELMONITOR_COMPLETE="bash_complete", **words)
    assert "plain,json" in ended.stdout.split()
