"""The files of the whole evaluator change, break, vanish and come back while it serves."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.process.callers import calling
from evaluator.running import Evaluator

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
CHANGES = 20 if THOROUGH else 2
_SERIES = re.compile(r"^(modelmonitor_(\w+?)(?:\{.*\})?) (\S+)$", re.MULTILINE)
_TYPE = re.compile(r"^# TYPE modelmonitor_(\w+) (\w+)$", re.MULTILINE)
OTHER_REFERENCE: dict[str, Any] = {
    **churn.REFERENCE,
    "columns": [{**churn.REFERENCE["columns"][0], "edges": [35.0, 55.0]}],
}
OTHER_CONFIG = {
    **churn.config(),
    "latencyThresholds": [0.5],
    "model": {"task": "BinaryClassification", "thresholds": [0.2, 0.9]},
}


def write(folder: Path, config: object, reference: object) -> None:
    """Replace both files at once each, as mounted ConfigMaps are."""
    for name, document in (("config.json", config), ("profile.json", reference)):
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / f".{name}").write_text(text)
        (folder / f".{name}").replace(folder / name)


def counters(page: str) -> dict[str, float]:
    """All series of a scrape that must never decrease, gauges left out."""
    types = dict(_TYPE.findall(page))
    gauges = {name for name, kind in types.items() if kind == "gauge"} | {"score_edge", "reference_count"}
    return {series: float(value) for series, name, value in _SERIES.findall(page) if name not in gauges}


def info(evaluator: Evaluator) -> Mapping[str, str]:
    ((labels, _),) = evaluator.series("evaluator_info").items()
    return dict(labels)


def complaint(evaluator: Evaluator) -> str:
    """Return what is wrong, in words."""
    return str(json.loads(evaluator.get("/v1/stats")).get("complaint", ""))


def until(fact: Callable[[], bool], evaluator: Evaluator) -> None:
    end = time.monotonic() + running.PATIENCE
    while not fact():
        assert time.monotonic() < end, evaluator.log.read_text()
        time.sleep(0.05)


def test_whatever_changes_under_load_no_request_is_harmed_and_no_counter_decreases(
    evaluator: Evaluator, tmp_path: Path, request_file: Path
) -> None:
    files = [(OTHER_CONFIG, OTHER_REFERENCE), (churn.config(), churn.REFERENCE)]
    seen: dict[str, float] = {}
    with calling(evaluator.proxy, request_file, "--rate", "500") as under_way:
        for change in range(CHANGES):
            before = info(evaluator)["config"]
            write(tmp_path, *files[change % 2])
            while info(evaluator)["config"] == before:
                page = counters(evaluator.get("/metrics").decode())
                assert {it: (seen[it], page.get(it)) for it in seen if page.get(it, -1.0) < seen[it]} == {}
                seen = page
        told = under_way.stop()
    assert told.statuses == {"200": told.answered}
    assert told.broken == []
    evaluator.wait("predictions_total", told.answered)
    assert evaluator.total("requests_total", outcome="ok") == told.answered
    assert evaluator.total("feature_value_bucket", feature="age", le="+Inf") == told.answered
    until(lambda: evaluator.total("pending_labels") == told.answered, evaluator)
    assert len(evaluator.series("feature_value_bucket", feature="age", le="+Inf")) == 2
    assert churn.lost(evaluator) == {}
    assert "Traceback" not in evaluator.log.read_text()


@pytest.fixture
def asking(evaluator: Evaluator) -> Iterator[Callable[[], None]]:
    """Ask for one prediction, and wait until it is counted."""

    def ask() -> None:
        before = evaluator.total("predictions_total")
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        evaluator.wait("predictions_total", before + 1)

    return ask


UNUSABLE: list[tuple[object, object, str, str]] = [
    ("{", churn.REFERENCE, "invalid", "expected a JSON document"),
    ({**churn.config(), "maxSeries": 3}, churn.REFERENCE, "over_budget", "at most 3 series"),
    (
        {**churn.config(), "capture": {"protocol": "Json", "paths": ["/p"], "columns": {"score": "a["}}},
        churn.REFERENCE,
        "invalid",
        "columns.score",
    ),
    (churn.config(), "{}", "invalid", "reference.rows"),
    ("\xff\x00", churn.REFERENCE, "invalid", "expected a JSON document"),
    ("[]", churn.REFERENCE, "invalid", "expected an object"),
    ({**churn.config(), "monitor": 7}, churn.REFERENCE, "invalid", "monitor"),
]


def test_what_cannot_be_used_changes_nothing_but_the_state_until_it_is_mended(
    evaluator: Evaluator, tmp_path: Path, asking: Callable[[], None]
) -> None:
    good = info(evaluator)
    unusable = UNUSABLE if THOROUGH else UNUSABLE[:3]
    for config, reference, state, said in unusable:
        write(tmp_path, config, reference)
        until(lambda said=said: said in complaint(evaluator), evaluator)
        assert info(evaluator) == {**good, "state": state}
        asking()
    write(tmp_path, churn.config(), churn.REFERENCE)
    until(lambda: info(evaluator) == good, evaluator)
    assert complaint(evaluator) == ""
    asking()
    assert evaluator.total("predictions_total") == evaluator.total("requests_total") == len(unusable) + 1
    assert "Traceback" not in evaluator.log.read_text()


def test_a_config_that_goes_away_leaves_the_last_good_one(
    evaluator: Evaluator, tmp_path: Path, asking: Callable[[], None]
) -> None:
    asking()
    good = info(evaluator)
    (tmp_path / "config.json").unlink()
    until(lambda: info(evaluator)["state"] == "unconfigured", evaluator)
    assert "no config at" in complaint(evaluator)
    asking()
    (tmp_path / "config.json").mkdir()
    until(lambda: info(evaluator)["state"] == "invalid", evaluator)
    asking()
    (tmp_path / "config.json").rmdir()
    write(tmp_path, churn.config(), churn.REFERENCE)
    until(lambda: info(evaluator) == good, evaluator)
    asking()
    assert evaluator.total("predictions_total") == 4


def test_a_tee_begins_to_count_when_its_config_comes(tmp_path: Path, model: int) -> None:
    with running.evaluator(tmp_path, None, None, upstream=model) as evaluator:
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        evaluator.wait("requests_total", 1)
        write(tmp_path, churn.config(), churn.REFERENCE)
        until(lambda: info(evaluator)["state"] == "counting", evaluator)
        assert evaluator.predict(churn.PATH, churn.body(40), X_Request_Id="r")["outputs"]
        evaluator.wait("predictions_total", 1)
        assert evaluator.post("/v1/labels", [{"id": "r", "actual": 1}])["counts"] == {"joined": 1}


@pytest.mark.parametrize(
    "config",
    [
        {**churn.config(), "capture": {"protocol": "Json", "paths": ["/p"], "columns": {"score": "a["}}},
        churn.config(store="Redis"),
    ],
    ids=["path", "store"],
)
def test_nothing_in_a_config_keeps_it_from_starting(
    tmp_path: Path, model: int, config: dict[str, Any]
) -> None:
    with running.evaluator(tmp_path, config, churn.REFERENCE, upstream=model) as evaluator:
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        assert complaint(evaluator)
        assert "Traceback" not in evaluator.log.read_text()


def test_bodies_up_to_the_configured_size_are_counted(tmp_path: Path, model: int) -> None:
    config = {**churn.config(), "capture": {"maxBodyBytes": 8 << 20}}
    with running.evaluator(tmp_path, config, churn.REFERENCE, upstream=model) as evaluator:
        document = churn.body(40)
        document["parameters"] = {"note": "x" * (7 << 20)}
        assert evaluator.predict(churn.PATH, document)["outputs"]
        document["parameters"] = {"note": "x" * (8 << 20)}
        assert evaluator.predict(churn.PATH, document)["outputs"]
        evaluator.wait("predictions_total", 1)
        evaluator.wait("events_dropped_total", 1)
        assert churn.lost(evaluator) == {"body_too_large": 1}
