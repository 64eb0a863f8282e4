"""Several replicas, crashes and outages: one acts, another takes over, nothing is written for nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from apiserver.replica import Replica, Space, audited, eventually, monitor
from cluster.control_plane import ControlPlane

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
QUIET_SECONDS = 120.0 if THOROUGH else 30.0


def holder(space: Space) -> str:
    lease = space.get("Lease", "modelmonitor")
    return str(lease["spec"]["holderIdentity"]) if lease else ""


def agents_that_wrote(cluster: ControlPlane, space: Space) -> list[tuple[str, str]]:
    """Give who wrote what besides leases, in order; replicas have users of their own here."""
    events = [one for name in ("one", "two") for one in audited(cluster, f"{name}-of-{space.name}")]
    events.sort(key=lambda one: str(one["requestReceivedTimestamp"]))
    return [
        (one["user"]["username"].partition("-")[0], one["objectRef"]["resource"])
        for one in events
        if one["objectRef"]["resource"] != "leases"
    ]


@pytest.fixture
def pair(
    control_plane: ControlPlane, space: Space, tmp_path: Path, replica: Start
) -> tuple[Replica, Replica]:
    """Two replicas under users of their own, so that the audit log tells them apart; the first one leads."""
    control_plane.kubectl(
        "create", "rolebinding", "both", "--role=operator", "--namespace", space.name,
        *(f"--user={name}-of-{space.name}" for name in ("one", "two")),
    )  # fmt: skip
    found = []
    for name in ("one", "two"):
        user = control_plane.kubeconfig_of(f"{name}-of-{space.name}")
        found.append(replica("--kubeconfig", str(user), name=name))
        assert eventually(found[0].leads)
    return found[0], found[1]


def test_a_replica_takes_over_from_one_that_was_killed(
    control_plane: ControlPlane, space: Space, pair: tuple[Replica, Replica]
) -> None:
    one, two = pair
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    assert eventually(lambda: two.ask("/readyz"))
    assert not two.leads()
    one.kill()
    space.delete("PrometheusRule", "churn-slo")
    assert eventually(two.leads, 20.0), "the other replica did not take over within 20 s"
    assert eventually(lambda: space.get("PrometheusRule", "churn-slo"))
    writers = [who for who, _ in agents_that_wrote(control_plane, space)]
    assert writers == sorted(writers), "the first replica wrote after the second had begun"
    assert set(writers) == {"one", "two"}


def test_a_replica_that_stops_hands_over_at_once(space: Space, pair: tuple[Replica, Replica]) -> None:
    one, two = pair
    assert holder(space) == "one"
    assert one.stop() == 0
    assert eventually(two.leads, 5.0)
    assert holder(space) == "two"


def test_a_replica_that_was_frozen_does_not_write_when_it_wakes(
    control_plane: ControlPlane, space: Space, pair: tuple[Replica, Replica]
) -> None:
    one, two = pair
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    one.freeze()
    try:
        assert eventually(two.leads, 20.0)
        space.apply(monitor(dashboards={}))
        space.await_reason("DashboardsApplied", "Applied")
    finally:
        one.thaw()
    assert eventually(lambda: "stands by" in one.log)
    space.delete("PrometheusRule", "churn-slo")
    assert eventually(lambda: space.get("PrometheusRule", "churn-slo"))
    writers = [who for who, _ in agents_that_wrote(control_plane, space)]
    assert writers == sorted(writers)


def test_an_outage_of_the_api_is_survived_by_the_same_process(
    control_plane: ControlPlane, space: Space, replica: Start
) -> None:
    one = replica("--resync", "300")
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    control_plane.stop_apiserver()
    try:
        assert eventually(lambda: "stands by" in one.log, 20.0), one.log
    finally:
        space.rest.close()
        control_plane.start_apiserver()
    space.apply(monitor("second"))
    space.await_reason("Ready", "Reconciled", "second", seconds=60.0)
    space.delete("PrometheusRule", "churn-slo")
    assert eventually(lambda: space.get("PrometheusRule", "churn-slo"))
    assert one.exit_code() is None
    assert "Traceback" not in one.log


def test_nothing_is_written_but_the_lease_while_nothing_changes(
    control_plane: ControlPlane, space: Space, replica: Start
) -> None:
    one = replica("--resync", "10")
    for number in range(100):
        space.apply(monitor(f"model-{number}", dashboards={}))
    for number in range(100):
        space.await_reason("Ready", "Reconciled", f"model-{number}", seconds=60.0)
    user, visited = f"operator-of-{space.name}", 'modelmonitor_operator_reconciles_total{result="ok"}'
    writes, visits, versions = len(audited(control_plane, user)), one.metric(visited), space.versions()
    assert len(versions) >= 400
    eventually(lambda: one.exit_code() is not None, QUIET_SECONDS)
    assert one.metric(visited) >= visits + 100 * (QUIET_SECONDS // 10 - 1), "the resync did not visit"
    quiet = audited(control_plane, user)[writes:]
    assert {it["objectRef"]["resource"] for it in quiet} == {"leases"}
    assert space.versions() == versions
