"""What the operator is told when it starts."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelmonitor import listening, plan

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
    evaluator_image
        Image of the evaluators that are injected; empty: none are.
    most_rollouts
        How many workloads of the cluster may be rolling at one time because we inject.
    webhook_port
        Where the webhook server listens; 0: nowhere.
    webhook_service
        Service by which the API server reaches that port, in the namespace of the Lease.
    webhook_url
        Outside of a cluster: the address under which the API server reaches it instead.
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
    evaluator_image: str = ""
    evaluator_pull_policy: str = _PLAN.evaluator_pull_policy
    most_rollouts: int = 3
    webhook_port: int = 0
    webhook_service: str = "modelmonitor-webhook"
    webhook_url: str = ""
    resync: float = 60.0
    host: str = listening.ALL
    port: int = 8080
    kubeconfig: str | None = None
    context: str | None = None

    @property
    def injects_nothing(self) -> str:
        """Say why nothing is injected whatever monitors ask for; empty where it is."""
        missing = "" if self.evaluator_image else "--evaluator-image"
        missing = missing if self.webhook_port else "--webhook-port"
        return f"the operator runs without {missing}: set the chart's injection.enabled" if missing else ""

    @property
    def plan_settings(self) -> plan.Settings:
        """What plans need to know of this."""
        return plan.Settings(
            grafana_url=self.grafana_url,
            runbooks=self.runbooks_url,
            rule_labels=self.rule_labels,
            folder_annotation=self.folder_annotation,
            evaluator_image=self.evaluator_image,
            evaluator_pull_policy=self.evaluator_pull_policy,
        )

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """The namespaces to watch; None stands for all."""
        return self.namespaces or (None,)
