"""A world for visits: a cluster in memory, a Prometheus that says what it is told, a clock that waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from modelmonitor import plan
from modelmonitor.cluster.apply import Applier
from modelmonitor.cluster.family import Family, MonitorKey
from modelmonitor.cluster.memory import Memory
from modelmonitor.cluster.shelf import Place
from modelmonitor.errors import ClusterError, PrometheusError
from modelmonitor.handlers.planned import Planned
from modelmonitor.handlers.reconcile import Reconciler, World
from modelmonitor.handlers.references import References
from modelmonitor.handlers.registry import Monitors
from modelmonitor.handlers.routes import Routes
from modelmonitor.handlers.targets.targets import Targets
from modelmonitor.report.outcome import Evidence, Loading
from modelmonitor.report.sights import Sight

Json = dict[str, Any]
EVENTS = {"error": "sum(rate(bad[{{.window}}]))", "total": "sum(rate(all[{{.window}}]))"}


def spec(**more: Any) -> Json:
    objective = {"name": "availability", "objective": 99, "sli": {"events": EVENTS}}
    return {"targetRef": {"name": "churn"}, "model": {"task": "Regression"}, "objectives": [objective]} | more


@dataclass
class Play:
    """One operator in a cluster in memory; the test plays everybody else."""

    said: Evidence | PrometheusError | None = None
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    blind: ClusterError | None = None
    cluster: type[Memory] = Memory
    family: Family = field(default_factory=Family)
    monitors: Monitors = field(default_factory=Monitors)
    settings: plan.Settings = field(default_factory=lambda: plan.Settings(evaluator_image="evaluator:1"))
    most_rollouts: int = 3
    webhook: str = ""
    """Why pods get no evaluator; empty: they do."""
    unseen_pods: ClusterError | None = None
    watched: dict[Place, str] = field(default_factory=dict)
    """Versions of references that a watch has told of."""

    def __post_init__(self) -> None:
        self.memory = self.cluster(self.family)
        self.restart()

    def restart(self) -> None:
        """Begin a new process, which remembers nothing."""
        applier = Applier(self.memory, self.family, lambda *_: None)
        references = References(self.memory, self.watched.get)
        targets = Targets(
            self.memory, self.memory.workloads, self.memory.pods, self.most_rollouts, lambda: self.webhook,
            lambda _: self.unseen_pods, lambda: self.now,
        )  # fmt: skip
        world = World(
            self.monitors, self.memory, applier, references, self, targets,
            Routes(self.memory, lambda: self.now.timestamp()),  # noqa: PLW0108 - the clock goes on
            self._unseen, self.settings, lambda: self.now,
        )  # fmt: skip
        self.reconciler = Reconciler(world)

    async def evidence(self, _: MonitorKey, __: Planned) -> Evidence | PrometheusError | None:
        return self.said

    def forget(self, key: MonitorKey) -> None:
        """Nothing is remembered."""

    def monitor(
        self, name: str = "churn", *, annotations: Json | None = None, created: int = 0, **more: Any
    ) -> None:
        """Create or edit a monitor; `created` orders them by age."""
        about = {"name": name, "namespace": "ml", "annotations": annotations or {},
                 "creationTimestamp": f"2026-11-21T10:00:{created:02}Z"}  # fmt: skip
        body = {"apiVersion": "modelmonitor.dev/v1alpha1", "kind": "ModelMonitor", "metadata": about}
        self.monitors.see(self.memory.put({**body, "spec": spec(**more)}))

    async def visit(self, name: str = "churn") -> list[tuple[str, str, str]]:
        """Visit a monitor; give what was written."""
        before = len(self.memory.writes)
        self.look_again = await self.reconciler.reconcile(("ml", name))
        return self.memory.writes[before:]

    def status(self, name: str = "churn") -> Json:
        return (self.memory.find("ModelMonitor", "ml", name) or {}).get("status", {})

    def condition(self, kind: str, name: str = "churn") -> Json:
        return next((one for one in self.status(name).get("conditions", []) if one["type"] == kind), {})

    def reason(self, kind: str, name: str = "churn") -> str:
        return str(self.condition(kind, name).get("reason"))

    def child(self, kind: str, name: str) -> Json | None:
        return self.memory.find(kind, "ml", name)

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        self.memory.now = self.now

    def _unseen(self, kind: str, _: str) -> ClusterError | None:
        return self.blind if kind == "PrometheusRule" else None


def seen(loading: Loading | None = None, retention: float | None = None, **sight: Any) -> Evidence:
    """Give what Prometheus says of the objective `availability`."""
    sights = {"availability": Sight(**sight)}
    return Evidence(sights, loading or Loading(), "15d" if retention else "", retention)
