"""Election by a Lease: one replica acts, and stops by itself before another one may begin.

Clocks of machines differ, so no time of another replica is ever compared with ours: a lease has run out when
*we* have seen it unchanged for its whole duration, and we hold it for two thirds of that since we asked to
renew it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import ClusterError, Conflict


class Leases(Protocol):
    """What we need of a cluster to hold a lease."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""

    async def create(self, manifest: Object) -> Object:
        """Create an object; Conflict when it exists."""

    async def replace(self, manifest: Object) -> Object:
        """Replace an object of the manifest's resource version; Conflict when it has changed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who wants to hold which lease, and for how many seconds at a time."""

    namespace: str
    name: str
    identity: str
    seconds: int

    @property
    def renewal(self) -> float:
        """Seconds between two renewals, or two looks at another's lease."""
        return self.seconds / 7.5


class Election:
    """Win the lease, keep it, know at any moment for how long it is safely ours."""

    def __init__(
        self, leases: Leases, candidate: Candidate, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._leases = leases
        self._candidate = candidate
        self._clock = clock
        self._ours_until = -1.0
        self._seen: Any = None
        self._seen_at = 0.0

    def seconds_left(self) -> float:
        """Return for how many more seconds we may write; 0: not at all."""
        return max(0.0, self._ours_until - self._clock())

    async def win(self) -> None:
        """Wait until the lease is ours; when the API does not answer, ask again."""
        while True:
            with contextlib.suppress(ClusterError, TimeoutError):
                async with asyncio.timeout(self._candidate.seconds):
                    if await self._try():
                        return
            await asyncio.sleep(self._until_next_look())

    async def keep(self) -> None:
        """Renew the lease until it is lost; return when we must have stopped writing."""
        while (left := self.seconds_left()) > 0:
            await asyncio.sleep(min(self._candidate.renewal, left))
            with contextlib.suppress(ClusterError, TimeoutError):
                async with asyncio.timeout(max(self.seconds_left(), 0.001)):
                    if not await self._try():
                        break
        self._ours_until = -1.0

    async def release(self) -> None:
        """Give the lease back, so that another replica need not wait for its end."""
        was_ours, self._ours_until = self.seconds_left() > 0, -1.0
        if not was_ours:
            return
        with contextlib.suppress(ClusterError, TimeoutError):
            async with asyncio.timeout(2.0):
                lease = await self._get()
                if lease and _holder(lease) == self._candidate.identity:
                    released = {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}
                    await self._leases.replace({**lease, "spec": released})

    async def _try(self) -> bool:
        """Take or renew the lease; False when it is another's, or another was faster."""
        asked_at = self._clock()
        lease = await self._get()
        try:
            if lease is None:
                await self._leases.create(self._new())
            elif self._may_take(lease):
                await self._leases.replace(self._taken(lease))
            else:
                return False
        except Conflict:
            return False
        self._ours_until = asked_at + self._candidate.seconds * 2 / 3
        return True

    async def _get(self) -> Object | None:
        """Look at the lease; somebody else may have made it, without a spec."""
        lease = await self._leases.get(kinds.LEASE, self._candidate.namespace, self._candidate.name)
        return {"spec": {}, **lease} if lease else None

    def _may_take(self, lease: Object) -> bool:
        if lease["spec"] != self._seen:
            self._seen, self._seen_at = lease["spec"], self._clock()
        lasts = lease["spec"].get("leaseDurationSeconds") or self._candidate.seconds
        unclaimed = _holder(lease) in {"", self._candidate.identity}
        return unclaimed or self._clock() >= self._seen_at + lasts

    def _until_next_look(self) -> float:
        lasts = (self._seen or {}).get("leaseDurationSeconds") or self._candidate.seconds
        runs_out = self._seen_at + lasts - self._clock()
        return min(self._candidate.renewal, runs_out) if runs_out > 0 else self._candidate.renewal / 4

    def _new(self) -> Object:
        about = {"namespace": self._candidate.namespace, "name": self._candidate.name}
        spec = self._spec(_now(), 0)
        return {"apiVersion": kinds.LEASE.api_version, "kind": "Lease", "metadata": about, "spec": spec}

    def _taken(self, lease: Object) -> Object:
        spec, now = lease["spec"], _now()
        if _holder(lease) == self._candidate.identity:
            renewed = self._spec(spec.get("acquireTime") or now, spec.get("leaseTransitions") or 0)
        else:
            renewed = self._spec(now, (spec.get("leaseTransitions") or 0) + 1)
        return {**lease, "spec": {**renewed, "renewTime": now}}

    def _spec(self, acquired: str, transitions: int) -> Object:
        return {
            "holderIdentity": self._candidate.identity,
            "leaseDurationSeconds": self._candidate.seconds,
            "acquireTime": acquired,
            "renewTime": acquired,
            "leaseTransitions": transitions,
        }


def _holder(lease: Object) -> str:
    return lease["spec"].get("holderIdentity") or ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
