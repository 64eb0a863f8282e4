"""What a plan refuses of a capture: what would find nothing, and a container that no pod could have."""

from typing import Any

import pytest

from modelmonitor.wire.config import Task
from monitors import objective
from profiles import profile
from unit.plan.checking import of, problems, refused

FAST = {"latency": {"below": "100ms"}}
JSON = {"protocol": "Json", "paths": ["/score"]}


def captured(**capture: Any) -> Any:
    return of(Task.REGRESSION, reference=None, capture=capture)


@pytest.mark.parametrize(
    "capture",
    [
        {},
        {"mode": "Sdk"},
        {"mode": "CloudEvents", "protocol": "KServeV1"},
        JSON,
        JSON | {"columns": {"features": "$", "score": "results[*].score", "id": "$.id"}},
        {"columns": {"names": ["plan", "age", "id"]}},
        {
            "resources": {
                "requests": {"cpu": "1", "memory": "1Gi"},
                "limits": {"cpu": "1000m", "memory": "1024Mi"},
            }
        },
    ],
)
def test_nothing_is_wrong_with_a_capture_that_can_be_done(capture: dict[str, Any]) -> None:
    assert problems(captured(**capture), None) == []


@pytest.mark.parametrize(
    ("capture", "answer"),
    [
        (
            {"port": "mm-http"},
            "spec.capture.port: expected the name of the model's port, got mm-http; this one",
        ),
        (
            {"protocol": "Json", "columns": {"score": "score"}},
            "spec.capture.paths: expected at least one path, got none; name the model's prediction path",
        ),
        (
            JSON | {"columns": {"score": "results[].score"}},
            "spec.capture.columns.score: expected a path such as data[*].score, got 'results[].score'",
        ),
        (
            {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "512Mi"}}},
            "spec.capture.resources.requests.memory: expected at most the limit, 512Mi, got 1Gi; no pod",
        ),
        (
            {"resources": {"requests": {"memory": "64Mi"}}},
            "spec.capture.resources.requests.cpu: expected a request, got none; an autoscaler",
        ),
        (
            {"resources": {"limits": {"nvidia.com/gpu": 1}}},
            "spec.capture.resources.limits.nvidia.com/gpu: expected one of cpu, memory, ephemeral-storage",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_place_in_the_spec(
    capture: dict[str, Any], answer: str
) -> None:
    assert refused(captured(**capture)).startswith(answer)


def test_json_has_no_place_of_its_own_for_what_is_judged() -> None:
    judged = of(Task.REGRESSION, reference=None, labels={}, capture=JSON)
    answer = "spec.capture.columns: expected a path of the prediction or of the score, got neither; Json has"
    assert refused(judged).startswith(answer)
    assert problems(of(Task.REGRESSION, reference=None, capture=JSON), None) == []


@pytest.mark.parametrize(
    ("sli", "own"),
    [({"availability": {}}, "counter"), (FAST, "histogram")],
)
def test_the_sdk_tells_rows_so_that_objectives_on_requests_need_series_of_their_own(
    sli: dict[str, Any], own: str
) -> None:
    objectives = [objective(sli=sli)]
    asked = of(Task.REGRESSION, reference=None, objectives=objectives, capture={"mode": "Sdk"})
    kind = next(iter(sli))
    answer = (
        f"spec.objectives[0].sli.{kind}: expected requests that an evaluator sees, got mode Sdk, which tells"
    )
    assert refused(asked).startswith(answer)
    assert refused(asked).endswith(f"name a {own} of your own, or choose mode Proxy")
    assert problems(of(Task.REGRESSION, reference=None, objectives=objectives, capture={}), None) == []


def test_names_of_columns_name_every_feature_of_the_reference() -> None:
    found = refused(of(capture={"columns": {"names": ["age", "id"]}}), profile(Task.BINARY))
    assert found.startswith(
        "spec.capture.columns.names: expected all features of the reference, got none for "
    )
    assert "age" not in found.partition("none for ")[2].partition(";")[0].split(", ")
