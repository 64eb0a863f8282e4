"""Models that an evaluator keeps from starting: they start without one, and people are told why."""

import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import halt
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import Protected
from modelmonitor.handlers import logs
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
    _freed: dict[MonitorKey, set[str]] = field(default_factory=dict)
    _missing: dict[MonitorKey, datetime] = field(default_factory=dict)
    """Since when pods of a monitor are not made."""

    def begin(self) -> None:
        """Begin to act: what another replica has decided meanwhile is read from where it was written."""
        self._halts.clear()
        self._freed.clear()
        self._missing.clear()

    async def halt(self, key: MonitorKey, generation: int, injection: Injection | None) -> Halt | None:
        """Return why the pods of a monitor get no evaluator for now; None: they get one."""
        if injection is None:
            return None
        if key not in self._halts:  # who acted before us wrote it to where webhooks read it
            self._halts[key] = await self._written(key)
        self._halts[key] = self._found(key, self._halts[key], injection.image, generation)
        return self._halts[key]

    async def guard(self, key: MonitorKey, generation: int) -> Halt | None:
        """Protect the models of a monitor that cannot be planned now, by what webhooks read of it."""
        refused = any(one.refused or one.missing for one in self.workloads.of(key))
        if not refused and not halt.stuck(self.pods.of(key)):
            return self._halts.get(key)
        live = await self.cluster.get(kinds.CONFIG_MAP, key[0], wire.config_map(key[1]))
        document = _document(live)
        if live is not None and document:
            before = halt.read(document.get("stopped", ""), document["image"])
            found = self._found(key, before, document["image"], generation)
            if found is not None and found != before:
                await self.cluster.apply(_stopped(live, document, found), force=True)
            self._halts[key] = found
        await self.free(key)
        return self._halts.get(key)

    async def free(self, key: MonitorKey) -> None:
        """Delete the pods of a monitor whose model waits for an evaluator that will not run."""
        stuck = halt.stuck(self.pods.of(key))
        if not stuck:
            self._freed.pop(key, None)
            return
        freed = self._freed.setdefault(key, set())
        freed &= {one.uid for one in stuck}
        for one in stuck:
            if one.uid not in freed:
                await self.cluster.delete(kinds.POD, key[0], one.name, one.uid)
                freed.add(one.uid)
                logger.warning("pod %s deleted: its model waits for an evaluator that will not run (%s)",
                               one.name, one.trouble, extra=logs.about(key))  # fmt: skip

    async def rescue(self, key: MonitorKey) -> None:
        """Ask a pod to leave whose model nobody reaches, because the evaluator before it will not run."""
        lost = halt.cut_off(self.pods.of(key))
        if lost is not None:
            with contextlib.suppress(Protected):  # the next visit asks again
                await self.cluster.evict(key[0], lost.name, lost.uid)
                self.pods.lose((kinds.POD.kind, key[0], lost.name))
                logger.warning("pod %s evicted: the evaluator before its model will not run (%s)",
                               lost.name, lost.trouble, extra=logs.about(key))  # fmt: skip

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._halts.pop(key, None)
        self._freed.pop(key, None)
        self._missing.pop(key, None)

    def _found(self, key: MonitorKey, before: Halt | None, image: str, generation: int) -> Halt | None:
        """Return the halt before, or a new one: for a pod whose evaluator fails, or pods that are refused."""
        now, workloads = self.now(), self.workloads.of(key)
        missing_for = timedelta(0)
        if any(one.missing for one in workloads):
            missing_for = now - self._missing.setdefault(key, now)
        else:
            self._missing.pop(key, None)
        found = halt.halted(before, self.pods.of(key), image, generation, now)
        return found or halt.refused(workloads, missing_for, image, generation, now)

    async def _written(self, key: MonitorKey) -> Halt | None:
        document = _document(await self.cluster.get(kinds.CONFIG_MAP, key[0], wire.config_map(key[1])))
        return halt.read(document.get("stopped", ""), document.get("image", ""))


def _document(config_map: Object | None) -> dict[str, str]:
    """Return what webhooks read; an empty document where there is none, or none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(wire.KEY_INJECTION, "{}")
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "image" in found else {}


def _stopped(live: Object, document: dict[str, str], found: Halt) -> Object:
    """Return the ConfigMap as it is, but for the reason why pods get no evaluator."""
    kept = ("namespace", "name", "uid", "resourceVersion", "labels", "annotations", "ownerReferences")
    about = {name: live["metadata"][name] for name in kept if name in live["metadata"]}
    text = json.dumps({**document, "stopped": found.text}, indent=2, ensure_ascii=False) + "\n"
    data = {**live["data"], wire.KEY_INJECTION: text}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data}
