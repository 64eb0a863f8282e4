"""Writing marks and taking them away: one write at a time, each onto the version that was looked at."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelmonitor import wire
from modelmonitor.cluster.family import ChildKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import injection, rollouts
from modelmonitor.decide.injection import Act, Situation, Step
from modelmonitor.decide.workload import Workload
from modelmonitor.handlers import logs
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.plan.injection import marks, unmarked

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Rolling:
    """Marks workloads and unmarks them, no more of them at a time than may roll.

    Attributes
    ----------
    most
        How many workloads of the cluster may be rolling because of us.
    """

    cluster: Reachable
    workloads: Sighted[Workload]
    most: int
    now: Callable[[], datetime]
    _writes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each content was written, by the target's uid."""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def mark(self, it: Situation) -> Step:
        """Mark the target of a situation if nothing stands against it; say what was done, or why not."""
        async with self._lock:
            it = self._as_it_is(it)
            step = injection.step(it)
            if step.act is Act.MARK and it.target is not None and it.injection is not None:
                written = await self._write(it.target, marks(_body(it.target), it.injection))
                self._writes[it.target.uid, it.injection.hash] += 1
                self.workloads.see(written["kind"], written)
                _say("marked: its pods are rolled, and get an evaluator", it.target, it.monitor)
        return step

    async def release(self, key: ChildKey) -> Step:
        """Take our marks off a workload, those of its pod template first; say what was done, or why not."""
        async with self._lock:
            target = self.workloads.get(key)
            if target is None:
                return Step(Act.NOTHING)
            step = injection.release(target, self.occupied(target))
            if step.act is Act.UNMARK:
                manifest = unmarked(_body(target))
                manifest["metadata"]["labels"] = {wire.LABEL_MONITORED_BY: target.monitor}
                self.workloads.see(key[0], await self._write(target, manifest))
            elif step.act is Act.LET_GO:
                await self._write(target, unmarked(_body(target)))
                self.workloads.lose(key)
            if step.act is not Act.NOTHING:
                self._forget(target.uid)
                what = "pods are rolled, without evaluators" if step.act is Act.UNMARK else "it is let go"
                _say(f"not monitored any more: {what}", target, target.monitor)
        return step

    def occupied(self, target: Workload) -> str:
        """Say which rollouts those of a target have to wait for."""
        return rollouts.occupied(self.workloads.all(), target, self.most, self.now())

    def _as_it_is(self, it: Situation) -> Situation:
        """Look again at what other workers may have changed."""
        if it.target is None or it.injection is None:
            return it
        writes = self._writes[it.target.uid, it.injection.hash]
        return replace(it, occupied=self.occupied(it.target), writes=writes)

    async def _write(self, target: Workload, manifest: Object) -> Object:
        """Apply unforced, for the workload is not ours, and only to what was looked at."""
        about = {**manifest["metadata"], "resourceVersion": target.version}
        return await self.cluster.apply({**manifest, "metadata": about}, force=False)

    def _forget(self, uid: str) -> None:
        for key in [key for key in self._writes if key[0] == uid]:
            del self._writes[key]


def _say(what: str, target: Workload, monitor: str) -> None:
    logger.info("%s: %s", target.called, what, extra=logs.about((target.namespace, monitor)))


def _body(target: Workload) -> Object:
    about = {"namespace": target.namespace, "name": target.name, "uid": target.uid}
    return {"apiVersion": "apps/v1", "kind": target.kind, "metadata": about}
