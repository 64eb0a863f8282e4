"""What the operator is told when it starts."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelmonitor import plan

_PLAN = plan.Settings()


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one operator process.

    Attributes
    ----------
    namespaces
        The namespaces to watch; none: all.
    lease_namespace
        Where the Lease is; empty: the namespace that we run in.
    identity
        Who we are in the election; every process needs another one.
    resync
        Seconds between two visits to a monitor of which nothing was heard.
    """

    namespaces: tuple[str, ...] = ()
    lease_namespace: str = ""
    identity: str = field(default_factory=lambda: f"{socket.gethostname()}-{secrets.token_hex(3)}")
    lease_seconds: int = 15
    prometheus_url: str = ""
    grafana_url: str = ""
    runbooks_url: str = _PLAN.runbooks
    rule_labels: Mapping[str, str] = field(default_factory=dict)
    folder_annotation: str = _PLAN.folder_annotation
    resync: float = 60.0
    host: str = "0.0.0.0"  # noqa: S104 - probes and scrapes come from outside of the pod
    port: int = 8080
    kubeconfig: str | None = None
    context: str | None = None

    @property
    def plan_settings(self) -> plan.Settings:
        """What plans need to know of this."""
        return plan.Settings(self.grafana_url, self.runbooks_url, self.rule_labels, self.folder_annotation)

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """The namespaces to watch; None stands for all."""
        return self.namespaces or (None,)
