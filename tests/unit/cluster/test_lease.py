"""The election, with a clock that the test turns and leases in memory."""

import copy
from typing import Any

import pytest

from modelmonitor.cluster.kinds import Kind
from modelmonitor.cluster.lease import Candidate, Election
from modelmonitor.errors import Conflict, Unreachable


class Leases:
    """One lease, as an API server keeps it."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.down = False

    async def get(self, *_: Kind | str) -> dict[str, Any] | None:
        if self.down:
            raise Unreachable("down")
        return copy.deepcopy(self.lease)

    async def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        if self.lease is not None:
            raise Conflict("exists")
        return self._store(manifest, 1)

    async def replace(self, manifest: dict[str, Any]) -> dict[str, Any]:
        assert self.lease is not None
        version = self.lease["metadata"]["resourceVersion"]
        if manifest["metadata"]["resourceVersion"] != version:
            raise Conflict("changed")
        return self._store(manifest, version + 1)

    def _store(self, manifest: dict[str, Any], version: int) -> dict[str, Any]:
        self.lease = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": version}}
        return copy.deepcopy(self.lease)


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def replica(leases: Leases, name: str, clock: Clock) -> Election:
    return Election(leases, Candidate("ns", "modelmonitor", name, 15), clock)


async def attempt(election: Election) -> bool:
    """Make one attempt to take or renew the lease."""
    return await election._try()


@pytest.fixture
def leases() -> Leases:
    return Leases()


async def test_the_first_one_wins_and_may_write_for_ten_of_fifteen_seconds(leases: Leases) -> None:
    clock = Clock(100)
    one = replica(leases, "one", clock)
    assert one.seconds_left() == 0
    assert await attempt(one)
    assert one.seconds_left() == 10
    clock.now += 10
    assert one.seconds_left() == 0


async def test_another_one_waits_until_it_has_seen_no_renewal_for_the_whole_lease(leases: Leases) -> None:
    clock = Clock(0)
    one, two = replica(leases, "one", clock), replica(leases, "two", clock)
    assert await attempt(one)
    clock.now = 14
    assert not await attempt(two)  # sees the lease for the first time
    clock.now = 28.9
    assert not await attempt(two)
    clock.now = 29
    assert await attempt(two)
    assert leases.lease is not None
    assert leases.lease["spec"]["leaseTransitions"] == 1
    assert not await attempt(one)


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
async def test_clocks_that_disagree_do_not_matter(leases: Leases, ahead: float) -> None:
    mine, theirs = Clock(5000), Clock(5000 + ahead)
    one, two = replica(leases, "one", mine), replica(leases, "two", theirs)
    assert await attempt(one)
    for _ in range(20):
        mine.now += 2
        theirs.now += 2
        assert await attempt(one)
        assert not await attempt(two)
    assert (one.seconds_left(), two.seconds_left()) == (10, 0)


async def test_two_are_never_allowed_to_write_at_once(leases: Leases) -> None:
    clock = Clock(0)
    one, two = replica(leases, "one", clock), replica(leases, "two", clock)
    assert await attempt(one)
    assert not await attempt(two)
    while not await attempt(two):  # one is frozen
        clock.now += 0.5
    assert clock.now == 15
    assert one.seconds_left() == 0


async def test_who_cannot_renew_stops_though_nobody_else_took_the_lease(leases: Leases) -> None:
    clock = Clock(0)
    one = replica(leases, "one", clock)
    assert await attempt(one)
    leases.down = True
    clock.now = 9.99
    assert one.seconds_left() > 0
    clock.now = 10
    await one.keep()
    assert one.seconds_left() == 0


async def test_a_released_lease_is_free_at_once(leases: Leases) -> None:
    clock = Clock(0)
    one, two = replica(leases, "one", clock), replica(leases, "two", clock)
    assert await attempt(one)
    assert not await attempt(two)
    await one.release()
    assert one.seconds_left() == 0
    assert await attempt(two)


async def test_of_two_who_try_at_once_one_wins(leases: Leases) -> None:
    clock = Clock(0)
    one, two = replica(leases, "one", clock), replica(leases, "two", clock)
    await attempt(one)
    await one.release()
    stale = await leases.get()
    assert await attempt(two)
    assert stale is not None
    with pytest.raises(Conflict):
        await leases.replace(stale)


async def test_a_lease_that_somebody_made_without_a_spec_is_taken(leases: Leases) -> None:
    leases.lease = {"metadata": {"name": "modelmonitor", "namespace": "ns", "resourceVersion": 1}}
    assert await attempt(replica(leases, "a", Clock(100.0)))
    assert leases.lease["spec"]["holderIdentity"] == "a"
