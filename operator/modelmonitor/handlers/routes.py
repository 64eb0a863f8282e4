"""What the routes of monitors need: Secrets with their keys, and an Alertmanager that takes the routes.

Of a Secret nothing is remembered but which of its keys are well. What is well is trusted for a while, for a
thousand monitors must not ask a thousand questions a minute; what is not well is asked for at every visit.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import ClusterError, Forbidden
from modelmonitor.plan import routing
from modelmonitor.plan.routing import SecretUse, secrets, selection
from modelmonitor.plan.routing.secrets import Form
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
    _well: dict[tuple[str, str, str, Form], float] = field(default_factory=dict)
    """Until when a key of a Secret is trusted to hold what is of a form."""
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
        """Return the values that are not there, or not as they should be, and why some were not looked at."""
        needs, unchecked = list[Need](), None
        for name in dict.fromkeys(use.name for use in wanted.secrets):
            uses = [use for use in wanted.secrets if use.name == name]
            try:
                needs += await self._of_secret(wanted.namespace, name, uses)
            except ClusterError as error:
                unchecked = error
        return tuple(needs), unchecked

    async def _of_secret(self, namespace: str, name: str, uses: Sequence[SecretUse]) -> list[Need]:
        now = self.clock()
        if all(now < self._well.get((namespace, name, use.key, use.form), -1e9) for use in uses):
            return []
        body = await self._secret(namespace, name)
        needs = []
        for use in uses:
            need = _need(body, use)
            if need is None:
                self._well[namespace, name, use.key, use.form] = now + TRUSTED
            else:
                self._well.pop((namespace, name, use.key, use.form), None)
                needs.append(need)
        return needs

    async def _secret(self, namespace: str, name: str) -> Object | None:
        """Read a Secret, unless Secrets of its namespace were forbidden a while ago."""
        now = self.clock()
        until, forbidden = self._hidden.get(namespace, (-1e9, None))
        if forbidden is not None and now < until:
            raise forbidden
        try:
            return await self.cluster.get(kinds.SECRET, namespace, name)
        except Forbidden as error:
            self._hidden[namespace] = (now + TRUSTED, error)
            raise

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


def _need(body: Object | None, use: SecretUse) -> Need | None:
    """Return what is to be said of a value; None: it is well. An empty one is as none to Alertmanager."""
    value = ((body or {}).get("data") or {}).get(use.key)
    if not value:
        return Need(use.path, use.name, use.key, is_there=body is not None)
    if found := secrets.flaw(value, use.form):
        return Need(use.path, use.name, use.key, flaw=found, withholds=use.form.is_address)
    return None


def _named(found: list[Alertmanager] | tuple[Alertmanager, ...]) -> tuple[str, ...]:
    return tuple(f"{one.name} in {one.namespace}" for one in found)
