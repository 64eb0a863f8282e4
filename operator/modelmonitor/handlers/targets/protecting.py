"""Models that an evaluator keeps from starting: they start without one, and people are told why."""

import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from modelmonitor import wire
from modelmonitor.api import capture
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import halt, scheduling
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.scheduling import Acquittal
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import Protected
from modelmonitor.handlers import logs
from modelmonitor.handlers.registry import Record
from modelmonitor.handlers.targets import looking
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.wire.injection import Injection

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Protecting:
    """Knows which monitors' pods get no evaluator for now, and deletes the pods that are stuck, once each."""

    cluster: Reachable
    pods: Sighted[Pod]
    workloads: Sighted[Workload]
    now: Callable[[], datetime]
    _halts: dict[MonitorKey, Halt | None] = field(default_factory=dict)
    _decided: set[MonitorKey] = field(default_factory=set)
    """Monitors of which webhooks may not read what `_halts` says, for their plan may have failed since."""
    _freed: dict[MonitorKey, set[str]] = field(default_factory=dict)
    _freed_at: dict[MonitorKey, datetime] = field(default_factory=dict)
    _acquitted: dict[MonitorKey, Acquittal] = field(default_factory=dict)
    """When it was last found that pods find no node without an evaluator, either."""
    _missing: dict[MonitorKey, datetime] = field(default_factory=dict)
    """Since when pods of a monitor are not made."""
    _unwatched: dict[MonitorKey, Workload] = field(default_factory=dict)
    """Targets that the team has labelled itself: without our label no watch shows them."""

    def begin(self) -> None:
        """Begin to act: what another replica has decided meanwhile is read from where it was written."""
        self._halts.clear()
        self._decided.clear()
        self._freed.clear()
        self._freed_at.clear()
        self._acquitted.clear()
        self._missing.clear()
        self._unwatched.clear()

    async def halt(self, key: MonitorKey, generation: int, injection: Injection | None) -> Halt | None:
        """Return why the pods of a monitor get no evaluator for now; None: they get one."""
        if injection is None:
            return None
        if key not in self._halts:  # who acted before us wrote it to where webhooks read it
            self._halts[key] = await self._written(key)
        before = self._halts[key]
        self._halts[key] = self._found(key, before, injection.image, generation)
        if self._halts[key] != before:
            self._decided.add(key)
        return self._halts[key]

    def is_halted(self, key: MonitorKey) -> bool:
        """Tell whether pods of a monitor get no evaluator for now, as far as was looked."""
        return self._halts.get(key) is not None

    async def guard(self, record: Record, image: str) -> Halt | None:
        """Protect the models of a monitor that is not planned now, by what webhooks read of it.

        An edit that is refused, or one that suspends, repairs nothing: it ends no halt.

        Parameters
        ----------
        image
            What webhooks add, whatever the plan of before says; empty: that of the plan.
        """
        key = record.key
        if self._may_be_unwatched(key) and looking.is_known(record.target):
            self.heed(key, await looking.read(self.cluster, record.target))
        is_clear = key in self._halts and self._halts[key] is None and key not in self._decided
        if is_clear and not halt.is_trouble(self.pods.of(key), self._targets(key)):
            return None
        live = await self.cluster.get(kinds.CONFIG_MAP, key[0], wire.config_map(key[1]))
        document = _document(live)
        before = found = None
        if live is not None and document:
            image = image or document["image"]
            before = halt.read(document.get("stopped", ""), document["image"])
            generation = before.generation if before else record.generation
            found = self._found(key, before, image, generation)
            if found != before:
                told = {**document, "image": image, "stopped": found.text if found else ""}
                await self.cluster.apply(_telling(live, told), force=True)
        self._halts[key] = found
        self._decided.discard(key)
        if document or (live is None and not _is_by_hand(record)):  # else it would come back as it was
            ever = None if document else scheduling.EVER
            await self.free(key, found.since if found else ever)
        if found is not None:
            await self.rescue(key)
        return found

    def heed(self, key: MonitorKey, target: Workload | None) -> None:
        """Remember a target, as it was just read, whose pods get evaluators though we have not marked it."""
        if target is not None and target.inject == key[1] != target.monitor:
            self._unwatched[key] = replace(target, monitor=key[1])
        else:
            self._unwatched.pop(key, None)

    async def free(self, key: MonitorKey, since: datetime | None) -> None:
        """Delete the pods of a monitor whose model waits for an evaluator that will not run, or for room.

        One that has waited for room without an evaluator, and in vain, comes again with it.

        Parameters
        ----------
        since
            When pods began to come without an evaluator; None: they come with one.
        """
        pods = self.pods.of(key)
        stuck = halt.stuck(pods)
        if since is None:
            stuck += scheduling.acquitting(pods, self._acquitted.get(key))
        else:
            freed_at = self._freed_at.get(key, scheduling.EVER)
            stuck += scheduling.freed(self._suspects(key), since, freed_at, self.now())
        if not stuck:
            self._freed.pop(key, None)
            return
        freed = self._freed.setdefault(key, set())
        freed &= {one.uid for one in stuck}
        for one in stuck:
            if one.uid not in freed:
                await self.cluster.delete(kinds.POD, key[0], one.name, one.uid)
                freed.add(one.uid)
                self._freed_at[key] = self.now()
                logger.warning("pod %s deleted: %s", one.name, _why(one), extra=logs.about(key))

    async def rescue(self, key: MonitorKey) -> None:
        """Ask a pod to leave whose model nobody reaches, because its evaluator will not run."""
        lost = halt.cut_off(self.pods.of(key))
        if lost is not None:
            with contextlib.suppress(Protected):  # the next visit asks again
                await self.cluster.evict(key[0], lost.name, lost.uid)
                self.pods.lose((kinds.POD.kind, key[0], lost.name))
                logger.warning("pod %s evicted: its evaluator will not run, so that it is not ready (%s)",
                               lost.name, lost.trouble, extra=logs.about(key))  # fmt: skip

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._halts.pop(key, None)
        self._decided.discard(key)
        self._freed.pop(key, None)
        self._freed_at.pop(key, None)
        self._acquitted.pop(key, None)
        self._missing.pop(key, None)
        self._unwatched.pop(key, None)

    def _may_be_unwatched(self, key: MonitorKey) -> bool:
        signs = key not in self._halts or key in self._unwatched or bool(self.pods.of(key))
        return signs and not self.workloads.of(key)

    def _targets(self, key: MonitorKey) -> list[Workload]:
        """Return the workloads whose pods get evaluators of a monitor."""
        unwatched = self._unwatched.get(key)
        return [*self.workloads.of(key), *([unwatched] if unwatched else ())]

    def _found(self, key: MonitorKey, before: Halt | None, image: str, generation: int) -> Halt | None:
        """Return the halt before, or a new one: for a pod whose evaluator fails, or pods that are refused."""
        now, workloads = self.now(), self._targets(key)
        missing_for = timedelta(0)
        if any(one.missing for one in workloads):
            missing_for = now - self._missing.setdefault(key, now)
        else:
            self._missing.pop(key, None)
        if (acquittal := halt.acquittal(before, self.pods.of(key), now)) is not None:
            self._acquitted[key] = acquittal
        found = halt.halted(before, self._suspects(key), image, generation, now)
        return found or halt.refused(workloads, missing_for, image, generation, now)

    def _suspects(self, key: MonitorKey) -> list[Pod]:
        acquittal = self._acquitted.get(key)
        return scheduling.suspects(self.pods.of(key), self._targets(key), acquittal, self.now())

    async def _written(self, key: MonitorKey) -> Halt | None:
        document = _document(await self.cluster.get(kinds.CONFIG_MAP, key[0], wire.config_map(key[1])))
        return halt.read(document.get("stopped", ""), document.get("image", ""))


def _why(deleted: Pod) -> str:
    if not deleted.evaluator:
        return "it finds no node without an evaluator, either, so that it may wait with it"
    return f"its model waits because of its evaluator ({deleted.trouble})"


def _is_by_hand(record: Record) -> bool:
    """Tell whether the team adds the container itself, whatever else is wrong with its spec."""
    wanted = record.body()["spec"].get("capture") or {}
    return bool(wanted.get("injection") == capture.Injection.NONE)


def _document(config_map: Object | None) -> dict[str, str]:
    """Return what webhooks read; an empty document where there is none, or none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(wire.KEY_INJECTION, "{}")
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "image" in found else {}


def _telling(live: Object, document: dict[str, str]) -> Object:
    """Return the ConfigMap as it is, but for what webhooks read."""
    kept = ("namespace", "name", "uid", "resourceVersion", "labels", "annotations", "ownerReferences")
    about = {name: live["metadata"][name] for name in kept if name in live["metadata"]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    data = {**live["data"], wire.KEY_INJECTION: text}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data}
