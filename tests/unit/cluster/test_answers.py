"""What answers of the Kubernetes API mean."""

import json
from typing import Any

import pytest

from modelmonitor.cluster import answers, kinds
from modelmonitor.cluster.answers import Request
from modelmonitor.errors import (
    ClusterError,
    Conflict,
    FieldTaken,
    Forbidden,
    KindMissing,
    Protected,
    Unreachable,
)

PATCH = Request("patch", kinds.PROMETHEUS_RULE, "ml", "churn-slo")


def status(message: str = "", **details: Any) -> bytes:
    return json.dumps({"kind": "Status", "message": message, "details": details}).encode()


def test_an_absent_object_is_none() -> None:
    assert answers.read(PATCH, 404, status(name="churn-slo", kind="prometheusrules")) is None


def test_an_absent_kind_is_not_an_absent_object() -> None:
    with pytest.raises(KindMissing, match="install its CRD"):
        answers.read(PATCH, 404, b"404 page not found\n")


def test_a_missing_right_is_named_as_rbac_names_it() -> None:
    said = 'prometheusrules is forbidden: User "x" cannot create resource "prometheusrules" in API group "m"'
    with pytest.raises(Forbidden) as refused:
        answers.read(PATCH, 403, status(said))
    assert "permission to create prometheusrules.monitoring.coreos.com in namespace ml" in str(refused.value)
    request = Request("patch", kinds.MODEL_MONITOR, None, "churn", "status")
    with pytest.raises(Forbidden, match=r"patch modelmonitors/status.modelmonitor.dev in all namespaces"):
        answers.read(request, 403, status())


def test_who_is_refused_and_what_people_should_do_are_told_apart_from_what_an_operator_s_owner_should() -> (
    None
):
    said = 'modelmonitors is forbidden: User "mia" cannot list resource "modelmonitors" in API group "m"'
    request = Request("list", kinds.MODEL_MONITOR, "ml")
    with pytest.raises(Forbidden, match="grant it to the operator's ServiceAccount") as refused:
        answers.read(request, 403, status(said))
    assert refused.value.who == "mia"
    assert refused.value.said.endswith("list modelmonitors.modelmonitor.dev in namespace ml, got 403")
    with pytest.raises(Forbidden, match="expected credentials that the API takes, got 401") as unknown:
        answers.read(request, 401, status("Unauthorized"))
    assert unknown.value.who == ""


def test_a_namespace_that_ends_is_no_missing_right() -> None:
    cause = {"reason": "NamespaceTerminating"}
    with pytest.raises(ClusterError) as refused:
        answers.read(PATCH, 403, status("being terminated", causes=[cause]))
    assert not isinstance(refused.value, Forbidden)


def test_refusals_are_told_apart_by_their_causes() -> None:
    taken = status("conflict with helm", causes=[{"reason": "FieldManagerConflict"}])
    with pytest.raises(FieldTaken, match="conflict with helm"):
        answers.read(PATCH, 409, taken)
    with pytest.raises(Protected, match="budget"):
        answers.read(PATCH, 429, status("budget", causes=[{"reason": "DisruptionBudget"}]))


@pytest.mark.parametrize(
    ("code", "error"),
    [(409, Conflict), (410, Conflict), (429, Unreachable), (503, Unreachable), (422, ClusterError)],
)
def test_other_refusals_have_a_class_that_says_what_to_do(code: int, error: type[ClusterError]) -> None:
    with pytest.raises(error) as refused:
        answers.read(PATCH, code, status("because"))
    assert type(refused.value) is error
    assert "because" in str(refused.value)


def test_what_is_not_json_is_not_an_object() -> None:
    with pytest.raises(Unreachable, match="<html>"):
        answers.read(PATCH, 200, b"<html>")
