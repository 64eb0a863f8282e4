"""The operator's own metrics."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from modelmonitor import __version__, wire

_PREFIX = f"{wire.METRIC_PREFIX}operator_"


class Metrics:
    """What the operator counts; a registry of its own, without the process-wide one's defaults."""

    def __init__(self, monitors: Callable[[], int], leading: Callable[[], bool]) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.reconciles = Counter(
            f"{_PREFIX}reconciles",
            "Visits to monitors, by how they ended.",
            ["result"],
            registry=self.registry,
        )
        self.duration = Histogram(
            f"{_PREFIX}reconcile_duration_seconds", "How long visits took.", registry=self.registry,
            buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10),
        )  # fmt: skip
        self.writes = Counter(
            f"{_PREFIX}child_writes", "Writes of children, by kind and verb.", ["kind", "verb"],
            registry=self.registry,
        )  # fmt: skip
        self.prometheus_errors = Counter(
            f"{_PREFIX}prometheus_errors", "Questions that Prometheus did not answer.", registry=self.registry
        )
        self.admissions = Counter(
            f"{_PREFIX}admissions", "Pods that the webhook was asked about, by what became of them.",
            ["result"], registry=self.registry,
        )  # fmt: skip
        self.admission_duration = Histogram(
            f"{_PREFIX}admission_duration_seconds", "How long the webhook's answers took.",
            registry=self.registry, buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2),
        )  # fmt: skip
        Gauge(f"{_PREFIX}monitors", "Monitors that are known.", registry=self.registry).set_function(monitors)
        Gauge(f"{_PREFIX}leader", "1 while this replica acts.", registry=self.registry).set_function(leading)
        Info(f"{wire.METRIC_PREFIX}build", "Which version runs.", registry=self.registry).info(
            {"version": __version__}
        )

    def admitted(self, result: str, seconds: float) -> None:
        """Count a pod that the webhook was asked about."""
        self.admissions.labels(result).inc()
        self.admission_duration.observe(seconds)

    def wrote(self, kind: str, verb: str) -> None:
        """Count a write of a child."""
        self.writes.labels(kind, verb).inc()
