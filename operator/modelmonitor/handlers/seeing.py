"""What is seen of the cluster: monitors by kopf and every resync, children and references by our watches."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.client import Client, Scope
from modelmonitor.cluster.family import Family, MonitorKey
from modelmonitor.cluster.shelf import Place, Shelf
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.cluster.watch import Watch
from modelmonitor.decide import pod, workload
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import ClusterError, Forbidden, KindMissing
from modelmonitor.handlers import events
from modelmonitor.handlers.options import Options
from modelmonitor.handlers.queue import SETTLE, Queue
from modelmonitor.handlers.registry import Monitors

SECONDS_TO_CRD = 5.0
DEAF_AFTER = 180.0
"""Seconds after which kopf has overcome whatever it can, and must have told of a change that a list shows."""
STUCK_AFTER = 120.0
"""Seconds beyond five resyncs after which the resync counts as stuck."""

WHOLE_PAGE = 50
"""Whole objects to read at once: some are of tens of kilobytes, and of several times that in memory."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Seeing:
    """Keeps `monitors` and `family` true to the cluster and asks for a visit wherever something changes."""

    client: Client
    options: Options
    monitors: Monitors
    family: Family
    queue: Queue
    shelf: Shelf = field(default_factory=Shelf)
    pods: Sighted[Pod] = field(default_factory=lambda: Sighted(pod.of))
    workloads: Sighted[Workload] = field(default_factory=lambda: Sighted(workload.of))
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _watches: dict[tuple[str, str | None], Watch] = field(default_factory=dict)
    _references: dict[str | None, Watch] = field(default_factory=dict)
    _targets: dict[tuple[str, str | None], Watch] = field(default_factory=dict)
    _heard_at: dict[MonitorKey, float] = field(default_factory=dict)
    _unheard: dict[MonitorKey, float] = field(default_factory=dict)
    _resynced_at: float | None = None

    async def run(self, spawned: Callable[[], None]) -> None:
        """See until stopped; an error that cannot be recovered from is raised."""
        self._resynced_at = time.monotonic()
        self._watches = {
            (one.kind, ns): self._watch(one, ns) for one in kinds.CHILDREN for ns in self.options.scopes
        }
        self._references = {ns: self._watch_references(ns) for ns in self.options.scopes}
        self._targets = {
            (kind.kind, ns): self._watch_targets(kind, ns)
            for kind in (kinds.POD, *kinds.WORKLOADS)
            for ns in self.options.scopes
        }
        watches = (*self._watches.values(), *self._references.values(), *self._targets.values())
        async with asyncio.TaskGroup() as group:
            for watch in watches:
                group.create_task(watch.run(), name=f"watch {watch.scope.kind.resource}")
            for watch in watches:
                await watch.tried.wait()
            group.create_task(self._resync(), name="resync")
            await self.ready.wait()
            handlers = events.registry(self.client.connection, self._heard)
            await events.watch(handlers, self.options.namespaces, self.stopping, spawned)

    def unseen(self, kind: str, namespace: str) -> ClusterError | None:
        """Return why the children of a kind cannot be watched in a namespace; None: they can."""
        watch = self._watches.get((kind, namespace)) or self._watches.get((kind, None))
        problem = watch.problem if watch else None
        return problem if isinstance(problem, KindMissing | Forbidden) else None

    def unseen_targets(self, namespace: str) -> ClusterError | None:
        """Return why pods or marked workloads of a namespace cannot be watched; None: they can."""
        for kind in (kinds.POD, *kinds.WORKLOADS):
            watch = self._targets.get((kind.kind, namespace)) or self._targets.get((kind.kind, None))
            if watch is None or watch.problem is not None:
                return watch.problem if watch is not None else None
        return None

    def version(self, place: Place) -> str | None:
        """Return the version of a reference that a watch keeps up to date; None: none does."""
        watch = self._references.get(place[0]) or self._references.get(None)
        return self.shelf.version(place) if watch and watch.problem is None else None

    def complaint(self) -> str:
        """Return why this part had better be started anew; empty when it is well."""
        now = time.monotonic()
        if any(now - since > DEAF_AFTER for since in self._unheard.values()):
            return "changes of monitors were not heard of: the watch is dead"
        if self._resynced_at is None:  # a replica that stands by sees nothing, and is well
            return ""
        patience = 5 * self.options.resync + STUCK_AFTER
        return "the resync is stuck" if now - self._resynced_at > patience else ""

    def enqueue_all(self, within: float = 0.0) -> None:
        """Ask for a visit to every monitor, spread over so many seconds."""
        for position, key in enumerate(self.monitors):
            self.queue.add(key, SETTLE + within * position / len(self.monitors))
        for key in {*self.workloads.monitors(), *self.pods.monitors()}:
            if self.monitors.get(key) is None:  # what a missed end has left
                self.queue.add(key)

    def _watch(self, kind: kinds.Kind, namespace: str | None) -> Watch:
        scope = Scope(kind, namespace, label=wire.LABEL_MONITOR, metadata_only=True)
        return Watch(self.client, scope, self.family, self.queue.add, self.enqueue_all)

    def _watch_targets(self, kind: kinds.Kind, namespace: str | None) -> Watch:
        """Watch whole objects, of which little is kept: they are large while they are read."""
        label = wire.LABEL_INJECT if kind is kinds.POD else wire.LABEL_MONITORED_BY
        seen = self.pods if kind is kinds.POD else self.workloads
        scope = Scope(kind, namespace, label=label, page=WHOLE_PAGE)
        return Watch(self.client, scope, seen, self.queue.add, self.enqueue_all)

    def _watch_references(self, namespace: str | None) -> Watch:
        scope = Scope(kinds.CONFIG_MAP, namespace, label=wire.LABEL_PROFILE, metadata_only=True)
        return Watch(self.client, scope, self.shelf, self._shelved, lambda: None)

    def _shelved(self, place: Place) -> None:
        """Visit whoever names a reference that is new, changed or gone."""
        self._enqueue(self.monitors.naming(place))

    def _heard(self, what: str | None, body: Mapping[str, Any]) -> None:
        """Take an event of kopf's."""
        about = body["metadata"]
        key = (about["namespace"], about["name"])
        self._heard_at[key] = time.monotonic()
        self._unheard.pop(key, None)
        if what == "DELETED":
            known = self.monitors.get(key)
            concerned = self.monitors.lose(key) | {key} if known and known.uid == about["uid"] else set()
        else:
            concerned = self.monitors.see(body)
        self._enqueue(concerned)

    async def _resync(self) -> None:
        """List all monitors at the start, and again every resync: no event is trusted to have come."""
        while True:
            try:
                await self._refresh()
            except ClusterError as error:
                logger.warning("monitors cannot be listed: %s", error)
            else:
                self.ready.set()
                self.enqueue_all(0.8 * self.options.resync)
            self._resynced_at = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.options.resync if self.ready.is_set() else SECONDS_TO_CRD):
                    await self.stopping.wait()
                    return

    async def _refresh(self) -> None:
        gone = set(self.monitors)
        began = time.monotonic()
        for namespace in self.options.scopes:
            asked = time.monotonic()
            async for page, _ in self.client.pages(Scope(kinds.MODEL_MONITOR, namespace, page=WHOLE_PAGE)):
                for body in page:
                    gone.discard((body["metadata"]["namespace"], body["metadata"]["name"]))
                    self._listed(body, asked)
                asked = time.monotonic()
        for key in gone:
            if self._heard_at.get(key, 0.0) < began:
                self._unheard.pop(key, None)  # of an end that it missed, a watch never tells
                self._enqueue(self.monitors.lose(key) | {key})
        self._heard_at = {key: at for key, at in self._heard_at.items() if at >= began}

    def _listed(self, body: Mapping[str, Any], asked: float) -> None:
        """Take a monitor from a list, unless an event told us more since the list was asked for."""
        key = (body["metadata"]["namespace"], body["metadata"]["name"])
        if self._heard_at.get(key, 0.0) < asked and (concerned := self.monitors.see(body)):
            if self.ready.is_set():
                self._unheard.setdefault(key, asked)
            self._enqueue(concerned)

    def _enqueue(self, concerned: set[MonitorKey]) -> None:
        for one in concerned:
            self.queue.add(one)
