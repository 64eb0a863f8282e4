"""Clients of model servers see no difference between a server and the evaluator before it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator import running
from evaluator.running import Evaluator
from servers.serving import Server, serving

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="the makers' servers are pinned for Python 3.11 and 3.12"
)

CANCER = 30
DIABETES = 10
DIGITS = 64


def reference(task: str, names: list[str], **more: object) -> dict[str, Any]:
    columns = [{"name": name, "type": "Numeric", "edges": [0.0], "counts": [1, 1]} for name in names]
    return {"rows": 2, "task": task, "columns": columns, **more}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def mlserver(folder: Path) -> Iterator[Server]:
    with serving("mlserver", folder) as server:
        yield server


@pytest.fixture(scope="module")
def kserve(folder: Path) -> Iterator[Server]:
    with serving("kserve", folder) as server:
        yield server


@pytest.fixture(scope="module")
def mlflow(folder: Path) -> Iterator[Server]:
    with serving("mlflow", folder) as server:
        yield server


def config(task: str, protocol: str, **model: object) -> dict[str, Any]:
    return {
        "monitor": "model",
        "model": {"task": task, **model},
        "capture": {"protocol": protocol},
        "maxSeries": 5000,
    }


def counted(evaluator: Evaluator, feature: str) -> float:
    return evaluator.total("feature_value_bucket", feature=feature, le="+Inf")


def test_mlserver_answers_its_own_codecs_as_if_nothing_stood_before_it(
    mlserver: Server, tmp_path: Path
) -> None:
    names = [f"x{number}" for number in range(CANCER)]
    profile = reference("BinaryClassification", names, classes=["0", "1"])
    with running.evaluator(
        tmp_path, config("BinaryClassification", "OpenInference"), profile, upstream=mlserver.port
    ) as evaluator:
        direct = mlserver.ask(mlserver.port)
        assert mlserver.ask(evaluator.proxy) == direct
        rows = 2 * (1 + 40)
        evaluator.wait("predictions_total", rows)
        evaluator.wait("passthrough_requests_total", 1)
        assert evaluator.total("predictions_total") == rows
        assert counted(evaluator, "x0") == counted(evaluator, "x29") == rows
        malignant = sum(answer == [0] for answer in direct[3])
        assert evaluator.total("predictions_total", **{"class": "0"}) == 2 * (1 + malignant)
        assert evaluator.total("requests_total", code="4xx", outcome="rejected") == 1
        assert evaluator.total("events_dropped_total") == 0
        assert evaluator.total("predictions_without_id_total") == 0
        assert evaluator.total("prediction_confidence_total") == 1 + 40


def test_kserve_answers_its_own_client_in_both_versions_and_in_binary(kserve: Server, tmp_path: Path) -> None:
    names = [f"x{number}" for number in range(DIABETES)]
    profile = reference("Regression", names, targetMean=150.0)
    direct = kserve.ask(kserve.port)
    for protocol, exchanges in (("OpenInference", 2), ("KServeV1", 1)):
        with running.evaluator(
            tmp_path / protocol, config("Regression", protocol), profile, upstream=kserve.port
        ) as evaluator:
            assert kserve.ask(evaluator.proxy) == direct
            rows = exchanges * (1 + 30)
            evaluator.wait("predictions_total", rows)
            assert evaluator.total("predictions_total") == rows
            assert counted(evaluator, "x0") == counted(evaluator, "x9") == rows
            assert evaluator.total("events_dropped_total") == 0
            assert evaluator.total("predictions_without_id_total") == 0
            assert evaluator.total("passthrough_requests_total") == 2 * (3 - exchanges)


def test_mlflow_answers_its_own_client_in_all_forms(mlflow: Server, tmp_path: Path) -> None:
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    profile = reference("MulticlassClassification", names, classes=[str(digit) for digit in range(10)])
    with running.evaluator(
        tmp_path, config("MulticlassClassification", "MLflow"), profile, upstream=mlflow.port
    ) as evaluator:
        direct = mlflow.ask(mlflow.port)
        assert mlflow.ask(evaluator.proxy) == direct
        rows = 1 + 4 * 25
        evaluator.wait("predictions_total", rows)
        assert evaluator.total("predictions_total") == rows
        assert counted(evaluator, "pixel_7_7") == rows
        threes = sum(answer == 3 for form in direct[:5] for answer in form)
        assert evaluator.total("predictions_total", **{"class": "3"}) == threes
        assert evaluator.total("requests_total", outcome="ok") == 5
        assert evaluator.total("events_dropped_total") == 0
