"""What the webhook's configuration has to be, and what in a live one is healed or left."""

import copy
from typing import Any

import jsonpatch
import pytest

from modelmonitor.cluster import certificates, kinds, webhooks
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.plan.injection import selecting

TRUSTED = certificates.bundle(["-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
OWNED = webhooks.owned(kinds.CLUSTER_ROLE, {"metadata": {"name": "modelmonitor-system", "uid": "u-1"}})
IN_CLUSTER = Webhook("system", "modelmonitor-webhook")


def live(webhook: Webhook = IN_CLUSTER) -> dict[str, Any]:
    made = copy.deepcopy(webhooks.configuration(webhook, TRUSTED, OWNED, None))
    made["metadata"] |= {"uid": "u-2", "resourceVersion": "7", "generation": 1}
    return made


def healed(found: dict[str, Any], webhook: Webhook = IN_CLUSTER) -> dict[str, Any]:
    return webhooks.configuration(webhook, TRUSTED, OWNED, found)


def test_a_pod_is_asked_about_by_a_service_and_never_refused() -> None:
    webhook, _ = live()["webhooks"]
    service = {"namespace": "system", "name": "modelmonitor-webhook", "port": 443, "path": "/inject"}
    assert webhook["clientConfig"] == {"service": service, "caBundle": TRUSTED}
    assert (webhook["failurePolicy"], webhook["timeoutSeconds"], webhook["sideEffects"]) == (
        "Ignore",
        2,
        "None",
    )
    assert webhook["objectSelector"] == {
        "matchExpressions": [{"key": "modelmonitor.dev/inject", "operator": "Exists"}]
    }
    assert webhook["namespaceSelector"] == {}


def test_a_lease_of_the_operators_own_namespace_is_asked_about_in_the_same_way_for_a_try() -> None:
    webhook, trial = live()["webhooks"]
    differing = {name for name in webhook if webhook[name] != trial[name]}
    assert differing == {"name", "rules", "objectSelector", "namespaceSelector"}
    (rule,) = trial["rules"]
    made = webhooks.trial(IN_CLUSTER)
    assert made["apiVersion"] == f"{rule['apiGroups'][0]}/{rule['apiVersions'][0]}"
    assert rule["resources"] == ["leases"]
    assert selecting.matches(trial["objectSelector"], made["metadata"]["labels"])
    own = {"kubernetes.io/metadata.name": made["metadata"]["namespace"]}
    assert selecting.matches(webhooks.namespaces_tried(live()), own)
    assert not webhooks.is_answered(made)
    assert webhooks.is_answered(jsonpatch.apply_patch(made, webhooks.ANSWER))


def test_the_name_is_that_of_the_namespace_and_of_the_role_that_owns_it() -> None:
    about = live()["metadata"]
    assert about["name"] == IN_CLUSTER.name == "modelmonitor-system"
    assert [(one["kind"], one["uid"]) for one in about["ownerReferences"]] == [("ClusterRole", "u-1")]


def test_outside_of_a_cluster_it_is_asked_by_an_address() -> None:
    webhook = Webhook("system", "s", url="https://[fd00::1]:9443/", watched=("b", "a"))
    assert webhook.host == "fd00::1"
    wanted, trial = webhook.wanted(TRUSTED)
    assert wanted["clientConfig"] == {"url": "https://[fd00::1]:9443/inject", "caBundle": TRUSTED}
    assert trial["clientConfig"] == wanted["clientConfig"]
    (term,) = wanted["namespaceSelector"]["matchExpressions"]
    assert term == {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["a", "b"]}


def test_what_is_as_it_should_be_is_not_written() -> None:
    assert not webhooks.differs(live(), healed(live()))
    assert healed(live())["metadata"]["resourceVersion"] == "7"


EDITS = {
    "failurePolicy": "Fail",
    "timeoutSeconds": 30,
    "reinvocationPolicy": "Never",
    "rules": [],
    "clientConfig": {"url": "https://elsewhere/inject", "caBundle": TRUSTED},
    "objectSelector": {},
    "matchConditions": [{"name": "never", "expression": "false"}],
}


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("field", EDITS)
def test_an_edit_is_healed(field: str, position: int) -> None:
    edited = live()
    edited["webhooks"][position][field] = EDITS[field]
    assert webhooks.differs(edited, healed(edited))
    assert healed(edited)["webhooks"] == live()["webhooks"]


def test_another_webhook_in_our_configuration_is_removed_and_what_is_missing_comes_back() -> None:
    for found in ([], None, [{**live()["webhooks"][0], "name": "other"}], live()["webhooks"] * 2):
        edited = live() | {"webhooks": found}
        assert webhooks.differs(edited, healed(edited))
        assert healed(edited)["webhooks"] == live()["webhooks"]


def test_a_lost_label_or_owner_comes_back_and_those_of_others_stay() -> None:
    for field in ("labels", "ownerReferences"):
        edited = live()
        del edited["metadata"][field]
        assert webhooks.differs(edited, healed(edited))
        assert healed(edited)["metadata"][field] == live()["metadata"][field]
    edited = live()
    edited["metadata"]["labels"]["team"] = "ml"
    edited["metadata"]["annotations"] = {"example.com/note": "x"}
    assert not webhooks.differs(edited, healed(edited))


NARROWED = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}


@pytest.mark.parametrize("watched", [(), ("a",)])
def test_a_platform_that_keeps_us_away_from_its_namespaces_is_not_fought(watched: tuple[str, ...]) -> None:
    webhook = Webhook("system", "s", watched=watched)
    edited = live(webhook)
    selector = edited["webhooks"][0]["namespaceSelector"]
    selector["matchExpressions"] = [NARROWED, *selector.get("matchExpressions", [])]
    selector["matchLabels"] = {"models": "yes"}
    assert not webhooks.differs(edited, healed(edited, webhook))


def test_other_namespaces_to_watch_replace_those_before() -> None:
    edited = live(Webhook("system", "s", watched=("a",)))
    edited["webhooks"][0]["namespaceSelector"]["matchExpressions"].append(NARROWED)
    wider = Webhook("system", "s", watched=("a", "b"))
    found, _ = healed(edited, wider)["webhooks"]
    assert found["namespaceSelector"]["matchExpressions"] == [
        {**NARROWED, "operator": "In", "values": ["a", "b"]}, NARROWED
    ]  # fmt: skip
    found, _ = healed(edited)["webhooks"]
    assert found["namespaceSelector"]["matchExpressions"] == [NARROWED]


def test_what_is_trusted_by_now_is_read_from_our_webhook_alone() -> None:
    assert webhooks.trusted(live()) == certificates.unbundle(TRUSTED)
    assert webhooks.trusted(None) == webhooks.trusted({"webhooks": None}) == []
    assert webhooks.trusted({"webhooks": [{"name": "other", "clientConfig": {"caBundle": TRUSTED}}]}) == []
