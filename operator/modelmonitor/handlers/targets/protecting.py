"""Models that wait for an evaluator that will not run: they start without one, and people are told why."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import halt
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.pod import Pod
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.wire.injection import Injection


@dataclass(slots=True)
class Protecting:
    """Knows which monitors' pods get no evaluator for now, and deletes the pods that are stuck, once each."""

    cluster: Reachable
    pods: Sighted[Pod]
    now: Callable[[], datetime]
    _halts: dict[MonitorKey, Halt | None] = field(default_factory=dict)
    _freed: dict[MonitorKey, set[str]] = field(default_factory=dict)

    async def halt(self, key: MonitorKey, generation: int, injection: Injection | None) -> Halt | None:
        """Return why the pods of a monitor get no evaluator for now; None: they get one."""
        if injection is None:
            return None
        if key not in self._halts:  # a new process: what the one before it wrote is what webhooks read
            self._halts[key] = await self._written(key)
        pods = self.pods.of(key)
        found = halt.halted(self._halts[key], pods, injection.image, generation, self.now())
        self._halts[key] = found
        return found

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

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._halts.pop(key, None)
        self._freed.pop(key, None)

    async def _written(self, key: MonitorKey) -> Halt | None:
        found = await self.cluster.get(kinds.CONFIG_MAP, key[0], wire.config_map(key[1]))
        text = ((found or {}).get("data") or {}).get(wire.KEY_INJECTION)
        document = json.loads(text) if text else {}
        return halt.read(document.get("stopped", ""), document.get("image", ""))
