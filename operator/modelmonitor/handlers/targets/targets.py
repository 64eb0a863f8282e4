"""One visit to the target of a monitor: its marks, its pods, and evaluators that keep models back."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelmonitor import report
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import ChildKey, MonitorKey
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import coverage, injection, replacing, scheduling
from modelmonitor.decide.coverage import Coverage
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.injection import Act, Asked, Situation, Step
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import ClusterError, MonitorError, NotLeading, Protected
from modelmonitor.handlers import logs
from modelmonitor.handlers.registry import Record, Target
from modelmonitor.handlers.targets import looking
from modelmonitor.handlers.targets.looking import Looked, Looking
from modelmonitor.handlers.targets.protecting import Protecting
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.handlers.targets.rolling import Rolling
from modelmonitor.handlers.targets.wishes import Wish
from modelmonitor.report.outcome import Pods

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Targets:
    """Acts upon the workloads of monitors and their pods.

    Attributes
    ----------
    webhook
        Why pods that start now would get no evaluator; empty: they do get one.
    unseen
        Why pods or workloads of a namespace cannot be watched; None: they are.
    """

    cluster: Reachable
    workloads: Sighted[Workload]
    pods: Sighted[Pod]
    most: int
    webhook: Callable[[], str]
    unseen: Callable[[str], ClusterError | None]
    now: Callable[[], datetime]
    protecting: Protecting = field(init=False)
    _looking: Looking = field(init=False)
    _rolling: Rolling = field(init=False)
    _evictions: dict[MonitorKey, datetime] = field(default_factory=dict)
    """When a pod was last evicted, until the status tells."""
    _bare_since: dict[MonitorKey, datetime] = field(default_factory=dict)
    """Since when pods have come without an evaluator, as far as others had to wait for it."""

    def __post_init__(self) -> None:
        """Give each part what it needs."""
        self.protecting = Protecting(self.cluster, self.pods, self.workloads, self.now)
        self._looking = Looking(self.cluster, self.workloads, self.now)
        self._rolling = Rolling(self.cluster, self.workloads, self.most, self.now)

    async def visit(self, record: Record, wish: Wish, halt: Halt | None, config: MonitorError | None) -> Pods:
        """Bring a target a step nearer to what its monitor wishes; say how it stands.

        Parameters
        ----------
        config
            Why what webhooks read could not be written; None: it is as planned.
        """
        try:
            if wish.asked is not Asked.NOTHING and (unseen := self.unseen(record.key[0])) is not None:
                raise unseen
            if config is None and wish.asked is not Asked.MANUAL:
                ever = scheduling.EVER if wish.injection is None else None
                await self.protecting.free(record.key, halt.since if halt else ever)
                if halt is not None and wish.injection is not None:
                    await self.protecting.rescue(record.key)
            left = await self._release(record.key, record.target if wish.asked is Asked.WEBHOOK else None)
            if left.reason and wish.asked is Asked.NOTHING:
                return Pods(Coverage(None, left.reason, left.message))
            return await self._covered(record, wish, halt, config)
        except NotLeading:
            raise
        except ClusterError as error:
            failed = Coverage(False, error.reason, str(error))
            return Pods(failed, asked=wish.asked is not Asked.NOTHING, halt=halt, failure=error)

    async def leave(self, key: MonitorKey) -> bool:
        """Take away all that a monitor that is gone has left on workloads; say whether some is left to do."""
        self._looking.forget(key)
        self._evictions.pop(key, None)
        self._bare_since.pop(key, None)
        if not self.workloads.of(key) and not self.pods.of(key):
            self.protecting.forget(key)
            return False
        there = await self.cluster.look(kinds.MODEL_MONITOR, *key)
        if there is not None and "deletionTimestamp" not in there["metadata"]:
            return False  # made anew meanwhile: its own visit follows
        await self.protecting.free(key, scheduling.EVER)
        await self._release(key, None)
        return bool(self.workloads.of(key))

    async def _release(self, key: MonitorKey, keep: Target | None) -> Step:
        """Let go of every workload that is marked for a monitor but one; say what is left of the last."""
        kept = (keep[2], keep[0], keep[3]) if keep is not None else None
        left = Step(Act.NOTHING)
        for one in self.workloads.of(key):
            place: ChildKey = (one.kind, one.namespace, one.name)
            if place != kept:
                left = await self._rolling.release(place)
        return left

    async def _covered(
        self, record: Record, wish: Wish, halt: Halt | None, config: MonitorError | None
    ) -> Pods:
        it = await self._situation(record, wish, halt, config)
        step = injection.step(it)
        if step.act is Act.MARK:
            step = await self._rolling.mark(replace(it, unasked=self._unasked(record.key[0])))
        pods = self._pods(record.key, it.target)
        evicted_at = await self._heal(record, it, step, pods)
        return Pods(
            coverage.covered(it, step, pods, evicted_at),
            asked=wish.asked is not Asked.NOTHING,
            replicas=it.target.replicas if it.target is not None else 0,
            halt=halt,
            evicted_at=evicted_at,
        )

    async def _situation(
        self, record: Record, wish: Wish, halt: Halt | None, config: MonitorError | None
    ) -> Situation:
        known, looked, away = looking.is_known(record.target), Looked(), self.webhook()
        if known and wish.asked is not Asked.NOTHING:
            looked = await self._looking.look(record.key, record.target, wish.injection, idle=bool(away))
        self.protecting.heed(record.key, looked.target)
        target = looked.target
        return Situation(
            monitor=record.key[1],
            named=" ".join(record.target[2:]),
            asked=wish.asked,
            restart=wish.restart,
            injection=wish.injection,
            known_kind=known,
            target=target,
            obstacle=looked.obstacle or config,
            warning=looked.warning,
            halt=halt,
            webhook=away or self.webhook(),
            occupied=self._rolling.occupied(target) if target is not None else "",
        )

    def _pods(self, key: MonitorKey, target: Workload | None) -> list[Pod]:
        """Return the pods of the target that carry the monitor's label."""
        if target is None:
            return []
        return [one for one in self.pods.of(key) if one.controller == (target.kind, target.name)]

    async def _heal(self, record: Record, it: Situation, step: Step, pods: list[Pod]) -> datetime | None:
        """Evict a pod that began without an evaluator, if one may go now; say when one last went."""
        key, now = record.key, self.now()
        if not replacing.bare_of(pods):
            self._evictions.pop(key, None)
            return None
        last = self._evicted_at(record)
        leaver = replacing.replaced(it, step, pods, last, now)
        if leaver is None:
            return last
        try:
            await self.cluster.evict(key[0], leaver.name, leaver.uid)
        except Protected:
            return last  # its budget has no room for now; the next visit asks again
        logger.info("pod %s evicted: it began without an evaluator", leaver.name, extra=logs.about(key))
        self._evictions[key] = now
        self.pods.lose((kinds.POD.kind, key[0], leaver.name))
        return now

    def _evicted_at(self, record: Record) -> datetime | None:
        """Return when a pod was last evicted, by this process or by one before it."""
        told = report.read(record.body()["status"]).evaluators
        moments = (self._evictions.get(record.key), told.evicted_at if told else None)
        last = max((one for one in moments if one is not None), default=None)
        if last is not None:
            self._evictions[record.key] = last
        return last

    def _unasked(self, namespace: str) -> str:
        """Say which pod of a marked workload of a namespace tells that new ones get no evaluator."""
        for one in self.workloads.all():
            key = (namespace, one.monitor)
            if one.namespace != namespace or one.inject != one.monitor or self.protecting.is_halted(key):
                continue
            if said := self._said(key, one):
                return said
        return ""

    def _said(self, key: MonitorKey, target: Workload) -> str:
        """Say which pod of a marked target tells that new ones get no evaluator."""
        pods = self._pods(key, target)
        since = replacing.bare_since(pods, self._bare_since.pop(key, None))
        if since is not None:
            self._bare_since[key] = since
        return replacing.unasked(pods, since, self._evictions.get(key), self.now())
