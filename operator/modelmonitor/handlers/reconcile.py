"""One visit to one monitor: make the cluster as the spec says, then say so; never ask what has changed."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from modelmonitor import api, plan, report, wire
from modelmonitor.api.status import ModelMonitorStatus
from modelmonitor.cluster.apply import Applier, Cluster, Owner, key_of
from modelmonitor.cluster.family import ChildKey, MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.decide.halt import Halt
from modelmonitor.errors import (
    ClusterError,
    Forbidden,
    InternalError,
    MonitorError,
    NotLeading,
    PrometheusError,
    ReferenceUnusable,
    SpecInvalid,
)
from modelmonitor.handlers import logs, next_visit, registry
from modelmonitor.handlers.planned import Planned, Wanted, outline, summarize
from modelmonitor.handlers.references import References
from modelmonitor.handlers.registry import Monitors, Record
from modelmonitor.handlers.routes import Routes
from modelmonitor.handlers.targets import wishes
from modelmonitor.handlers.targets.targets import Targets
from modelmonitor.plan import reference
from modelmonitor.report.outcome import ChildOutcome, Evidence, Outcome, Pods

NUMBERS_EVERY = 60.0
"""Seconds between two writes of a status in which nothing but numbers differ."""
AT_ONCE = 3
"""So many monitors are planned and applied at once: what is made of one is large until it is applied."""

logger = logging.getLogger(__name__)


class Observer(Protocol):
    """Knows what Prometheus says."""

    async def evidence(self, key: MonitorKey, planned: Planned) -> Evidence | PrometheusError | None:
        """Return what is said of a monitor; None where no Prometheus is configured."""

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""


@dataclass(frozen=True, slots=True)
class World:
    """What a visit looks at and acts upon.

    Attributes
    ----------
    unseen
        Why the children of a kind cannot be watched in a namespace; None: they are.
    """

    monitors: Monitors
    cluster: Cluster
    applier: Applier
    references: References
    observer: Observer
    targets: Targets
    routes: Routes
    unseen: Callable[[str, str], ClusterError | None]
    settings: plan.Settings
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(slots=True)
class Reconciler:
    """Visits monitors and remembers of each only what saves work at the next visit."""

    world: World
    _plans: dict[MonitorKey, Planned] = field(default_factory=dict)
    _told_at: dict[MonitorKey, float] = field(default_factory=dict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def begin(self) -> None:
        """Begin to act, for the first time or again: others may have acted meanwhile."""
        self.world.targets.protecting.begin()

    async def reconcile(self, key: MonitorKey) -> float | None:
        """Make the cluster as a monitor says; return after how many seconds to look again, or None.

        Raises
        ------
        ClusterError
            If the status could not be written.
        InternalError
            If something happened that nobody foresaw; the status says so.
        """
        record = self.world.monitors.get(key)
        if record is None or record.leaving:
            self.forget(key)
            return next_visit.WAITING_EVERY if await self.world.targets.leave(key) else None
        try:
            outcome = await self._act(record)
            status = await self._tell(record, outcome)
        except ClusterError:
            raise
        except Exception as error:
            await self._tell(record, Outcome(record.generation, refused=_unforeseen(error)))
            await self._guarded(record)
            raise _unforeseen(error) from error
        return next_visit.after(outcome, status, len(self.world.monitors))

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor; its children are the garbage collector's."""
        self._plans.pop(key, None)
        self.world.applier.forget(key)
        self._told_at.pop(key, None)
        self.world.references.forget(key)
        self.world.observer.forget(key)

    async def _act(self, record: Record) -> Outcome:
        blank = Outcome(record.generation)
        body = record.body()
        if record.suspended_by_annotation or body["spec"].get("suspend") is True:
            return replace(blank, suspended=True, pods=await self._guarded(record))
        if (elder := self.world.monitors.elder(record.key)) is not None:
            return await self._refuse(record, registry.shared(record, elder))
        owner = Owner(record.key, record.uid)
        try:
            halt = await self._halt(record, body)
            async with self._room:
                planned, manifests = await self._plan(record, body, halt.text if halt else "")
                routing = await self.world.routes.look(planned.routed)
                wanted = {one.key: one for one in planned.wanted_with(routing)}
                failures = await self._apply(owner, (one for one in manifests if key_of(one) in wanted))
                del manifests
        except SpecInvalid as error:
            return await self._refuse(record, error)
        except (ReferenceUnusable, Forbidden) as error:
            return await self._hold(record, body, error)
        pruning = await self._prune(owner, wanted)
        children = tuple(_applied(one, failures.get(one.key)) for one in wanted.values())
        config = next((one.failure for one in children if one.part == "config"), None)
        pods = await self.world.targets.visit(record, planned.wish, halt, config)
        return Outcome(
            generation=record.generation,
            children=children,
            promises=planned.promises,
            adaptations=planned.adaptations,
            prometheus=await self.world.observer.evidence(record.key, planned),
            pruning=pruning,
            selectors=planned.selectors,
            output=planned.output,
            asked=planned.asked,
            pods=pods,
            routing=routing,
        )

    async def _refuse(self, record: Record, error: MonitorError) -> Outcome:
        """Act upon nothing but evaluators that keep models from starting; tell what is seen of evaluators."""
        self._plans.pop(record.key, None)
        outcome = Outcome(record.generation, refused=error, pods=await self._guarded(record))
        try:
            known = outline(api.parse(record.body()), self.world.settings)
        except SpecInvalid:  # nobody knows then which Prometheus to ask
            return outcome
        evidence = await self.world.observer.evidence(record.key, known)
        return replace(outcome, asked=known.asked, prometheus=evidence)

    async def _guarded(self, record: Record) -> Pods:
        """Protect the models of a monitor that is not planned now; what hinders that hinders no report."""
        try:
            image = self.world.settings.evaluator_image
            return Pods(halt=await self.world.targets.protecting.guard(record, image))
        except NotLeading:
            raise
        except ClusterError as error:
            return Pods(failure=error)

    async def _hold(self, record: Record, body: Object, error: MonitorError) -> Outcome:
        """Generate nothing, for the reference cannot be used; what is there goes on, and is told of."""
        if (known := self._known(record)) is None:
            monitor = api.parse(body)
            if problems := reference.problems_without(monitor):
                return await self._refuse(record, SpecInvalid(problems))
            known = outline(monitor, self.world.settings)
        pods = await self._guarded(record)
        return Outcome(
            generation=record.generation,
            held=error,
            promises=known.promises,
            prometheus=await self.world.observer.evidence(record.key, known),
            asked=known.asked,
            pods=pods,
        )

    def _known(self, record: Record) -> Planned | None:
        """Return the plan that was last made of this generation."""
        known = self._plans.get(record.key)
        return known if known and (known.uid, known.generation) == (record.uid, record.generation) else None

    async def _halt(self, record: Record, body: Object) -> Halt | None:
        """Return why pods get no evaluator for now."""
        if (known := self._known(record)) is not None:
            wish = known.wish
        else:
            wish = wishes.wish(api.parse(body), self.world.settings)
        return await self.world.targets.protecting.halt(record.key, record.generation, wish.injection)

    async def _plan(self, record: Record, body: Object, stopped: str) -> tuple[Planned, Iterable[Object]]:
        """Plan, unless the last plan still holds, its reference, too, and every child is as it left it."""
        references, key = self.world.references, record.key
        if known := self._known(record):
            profile = await references.hash(key, known.wanted)
            same = (profile, stopped) == (known.asked.profile, known.stopped)
            if same and self._settled(record, known):
                return known, ()
        monitor = api.parse(body)
        found = await references.profile(key, reference.wanted(monitor))
        made = plan.plan(monitor, self.world.settings, found, stopped)
        planned = summarize(monitor, made, self.world.settings, found.hash if found else "")
        self._plans[key] = planned
        return planned, made.manifests

    def _settled(self, record: Record, known: Planned) -> bool:
        owner, settled = Owner(record.key, record.uid), self.world.applier.settled
        return all(settled(owner, one.key, one.hash) for one in known.children)

    async def _apply(self, owner: Owner, manifests: Iterable[Object]) -> dict[ChildKey, MonitorError]:
        """Apply each child by itself: what hinders one does not hinder the others."""
        failures: dict[ChildKey, MonitorError] = {}
        for manifest in manifests:
            key = key_of(manifest)
            try:
                if (unseen := self.world.unseen(key[0], key[1])) is not None:
                    raise unseen
                await self.world.applier.ensure(owner, manifest)
            except NotLeading:
                raise
            except ClusterError as error:
                failures[key] = error
        return failures

    async def _prune(self, owner: Owner, keep: Collection[ChildKey]) -> MonitorError | None:
        try:
            await self.world.applier.prune(owner, keep)
        except NotLeading:
            raise
        except ClusterError as error:
            return error
        return None

    async def _tell(self, record: Record, outcome: Outcome) -> ModelMonitorStatus:
        """Write the status if it says something new; mere numbers at most once a minute."""
        previous = report.read(record.body()["status"])
        status = report.status(previous, outcome, self.world.now())
        old, new = previous.to_object(), status.to_object()
        if old == new:
            return status
        news = report.differs(old, new)
        if not news and time.monotonic() - self._told_at.get(record.key, -NUMBERS_EVERY) < NUMBERS_EVERY:
            return status
        written = await self.world.cluster.apply(_status_patch(record, new), force=True, subresource="status")
        self._told_at[record.key] = time.monotonic()
        self.world.monitors.note(written)
        if news:
            _log(record, status)
        return status


def _applied(child: Wanted, failure: MonitorError | None) -> ChildOutcome:
    return ChildOutcome(child.key[0], child.key[2], child.hash, child.part, failure)


def _unforeseen(error: Exception) -> InternalError:
    """Name the class alone: what an error says may be anything."""
    return InternalError(
        f"expected to know what to do, got {type(error).__name__}; "
        "the operator's log says where: please report it; it tries again every minute"
    )


def _status_patch(record: Record, status: Object) -> Object:
    about = {"namespace": record.key[0], "name": record.key[1], "uid": record.uid}
    return {"apiVersion": wire.API_VERSION, "kind": wire.KIND, "metadata": about, "status": status}


def _log(record: Record, status: ModelMonitorStatus) -> None:
    ready = next(one for one in status.conditions if one.type == "Ready")
    states = ", ".join(f"{one.name} {one.state}" for one in status.objectives)
    level = logging.WARNING if ready.status == "False" else logging.INFO
    said = f"Ready={ready.status} ({ready.reason}): {ready.message}" + (f"; {states}" if states else "")
    logger.log(level, said, extra=logs.about(record.key))
