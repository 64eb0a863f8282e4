"""What the routes of monitors need: Secrets with their keys, and an Alertmanager that takes the routes.

Of a Secret nothing is remembered but the names of its keys. What is well is trusted for a while, for a
thousand monitors must not ask a thousand questions a minute; what is not well is asked for at every visit.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import ClusterError, Forbidden
from modelmonitor.plan import routing
from modelmonitor.plan.routing import selection
from modelmonitor.plan.routing.selection import Alertmanager
from modelmonitor.report.outcome import Need, Routing

TRUSTED = 600.0
"""Seconds until a Secret that was well, and the labels of a namespace, are looked at again."""
LISTED_EVERY = 60.0
"""Seconds between two lists of all Alertmanagers."""


class Readable(Protocol):
    """What we need of a cluster to look at what routes need."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""

    async def all(self, kind: Kind, namespace: str | None) -> list[Object]:
        """Return all objects of a kind in a namespace; None: in all."""


@dataclass(slots=True)
class Routes:
    """Looks at what routes need, for all monitors together; no Secret is read where we may read none."""

    cluster: Readable
    clock: Callable[[], float]
    _keys: dict[tuple[str, str], tuple[float, frozenset[str]]] = field(default_factory=dict)
    _hidden: dict[str, tuple[float, Forbidden]] = field(default_factory=dict)
    """Namespaces whose Secrets we may not read."""
    _labels: dict[str, tuple[float, Mapping[str, str]]] = field(default_factory=dict)
    _listed: tuple[float, tuple[Alertmanager, ...] | ClusterError] = (-1e9, ())
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, wanted: routing.Wanted | None) -> Routing:
        """Return what is known of what the routes of a monitor need."""
        if wanted is None:
            return Routing()
        needs, unchecked = await self._needs(wanted)
        try:
            found = await self._alertmanagers()
            taking = [one for one in found if await self._takes(one, wanted)]
        except ClusterError as error:
            return Routing(needs, unchecked, unseen=error)
        return Routing(
            needs,
            unchecked,
            labels=", ".join(f"{name}: {value}" for name, value in sorted(wanted.labels.items())),
            alertmanagers=_named(found),
            taking=_named(taking),
        )

    async def _needs(self, wanted: routing.Wanted) -> tuple[tuple[Need, ...], ClusterError | None]:
        """Return the Secrets and keys that are not there, and why some were not looked at."""
        needs, unchecked = [], None
        for use in wanted.secrets:
            try:
                keys = await self._keys_of(wanted.namespace, use.name, use.key)
            except ClusterError as error:
                unchecked = error
                continue
            if keys is None or use.key not in keys:
                needs.append(Need(use.path, use.name, use.key, is_there=keys is not None))
        return tuple(needs), unchecked

    async def _keys_of(self, namespace: str, name: str, key: str) -> frozenset[str] | None:
        """Return the keys of a Secret; None where there is none.

        Keys that hold nothing are left out: Alertmanager takes no configuration at all with one of them.
        """
        now, where = self.clock(), (namespace, name)
        until, keys = self._keys.get(where, (-1e9, frozenset()))
        if now < until and key in keys:
            return keys
        until, forbidden = self._hidden.get(namespace, (-1e9, None))
        if forbidden is not None and now < until:
            raise forbidden
        try:
            body = await self.cluster.get(kinds.SECRET, namespace, name)
        except Forbidden as error:
            self._hidden[namespace] = (now + TRUSTED, error)
            raise
        if body is None:
            self._keys.pop(where, None)
            return None
        keys = frozenset(name for name, value in (body.get("data") or {}).items() if value)
        self._keys[where] = (now + TRUSTED, keys)
        return keys

    async def _alertmanagers(self) -> tuple[Alertmanager, ...]:
        """Return all Alertmanagers, listed once for all monitors that ask at the same time."""
        async with self._lock:
            until, found = self._listed
            if self.clock() >= until:
                try:
                    bodies = await self.cluster.all(kinds.ALERTMANAGER, None)
                    found = tuple(map(selection.alertmanager, bodies))
                except ClusterError as error:
                    found = error
                self._listed = (self.clock() + LISTED_EVERY, found)
        if isinstance(found, ClusterError):
            raise found
        return found

    async def _takes(self, one: Alertmanager, wanted: routing.Wanted) -> bool:
        labels = await self._labels_of(wanted.namespace) if one.asks_for_labels else {}
        return one.selects(wanted.labels, wanted.namespace, labels)

    async def _labels_of(self, namespace: str) -> Mapping[str, str]:
        until, labels = self._labels.get(namespace, (-1e9, {}))
        if self.clock() >= until:
            body = await self.cluster.get(kinds.NAMESPACE, "", namespace)
            labels = (body or {"metadata": {}})["metadata"].get("labels", {})
            self._labels[namespace] = (self.clock() + TRUSTED, labels)
        return labels


def _named(found: list[Alertmanager] | tuple[Alertmanager, ...]) -> tuple[str, ...]:
    return tuple(f"{one.name} in {one.namespace}" for one in found)
