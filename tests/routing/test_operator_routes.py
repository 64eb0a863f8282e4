"""The operator beside prometheus-operator: routes come, wait for their Secret, change, and go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apiserver.replica import Replica, Space, eventually, monitor
from routing.stand import Stand

pytestmark = pytest.mark.apiserver

CRITICAL, WARNING = "ml-ops/churn-alerts/critical", "ml-ops/churn-alerts/warning"
PAGER = {"pagerDuty": {"routingKey": {"name": "oncall", "key": "key"}}}
SLACK = {"slack": {"apiURL": {"name": "chat", "key": "url"}, "channel": "#ml"}}
SECONDS = 60.0


@pytest.fixture
def space(stand: Stand, tmp_path: Path) -> Iterator[Space]:
    """A namespace with an operator of its own."""
    found = Space(stand.plane, stand.rest, "ml-ops")
    stand.namespace(found.name)
    own = ("--watch-namespace", found.name, "--lease-namespace", found.name, "--resync", "2")
    replica = Replica(tmp_path, stand.plane.kubeconfig, "one", own).start()
    yield found
    assert replica.stop() == 0, replica.log


def receivers(stand: Stand) -> set[str]:
    """Name the receivers of the namespace that Alertmanager knows."""
    return {one["name"] for one in stand.configuration()["receivers"] if one["name"].startswith("ml-ops/")}


def wait_for(stand: Stand, *names: str) -> None:
    assert eventually(lambda: receivers(stand) == set(names) or None, SECONDS), receivers(stand)


def version(space: Space) -> str:
    """Give the version of the AlertmanagerConfig."""
    path = f"/apis/monitoring.coreos.com/v1alpha1/namespaces/{space.name}/alertmanagerconfigs/churn-alerts"
    return str(space.rest.send("GET", path).body["metadata"]["resourceVersion"])


def routed(**routes: Any) -> dict[str, Any]:
    return monitor(alerts={"routes": routes})


def test_routes_live_with_their_monitor(stand: Stand, space: Space) -> None:
    space.apply(routed(critical=PAGER))
    missing = space.await_reason("RoutesApplied", "SecretMissing", seconds=SECONDS)
    assert "expected Secret oncall with key key, got none" in missing["message"]
    assert receivers(stand) == set(), "prometheus-operator leaves out what lacks a Secret"

    stand.secret(space.name, "oncall", {"key": "R0UTINGKEY"})
    taken = space.await_reason("RoutesApplied", "Applied", seconds=SECONDS)
    assert taken["message"] == "taken by main in monitoring"
    wait_for(stand, CRITICAL)
    left = version(space)
    told = space.status()
    assert eventually(lambda: space.status() != told, 5.0) is False, "nothing changes, nothing is written"
    assert version(space) == left

    space.apply(routed(critical=PAGER, warning=SLACK))
    space.await_reason("RoutesApplied", "SecretMissing", seconds=SECONDS)
    wait_for(stand)
    stand.secret(space.name, "chat", {"url": "https://hooks.slack.example/services/T0"})
    space.await_reason("RoutesApplied", "Applied", seconds=SECONDS)
    wait_for(stand, CRITICAL, WARNING)

    space.apply(monitor())
    space.await_reason("RoutesApplied", "NothingPlanned", seconds=SECONDS)
    wait_for(stand)

    space.apply(routed(critical=PAGER))
    wait_for(stand, CRITICAL)
    space.delete("ModelMonitor", "churn")
    wait_for(stand)
