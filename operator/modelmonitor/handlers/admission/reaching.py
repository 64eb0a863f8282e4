"""Whether the API server reaches the webhook: of a firewall between the two our own side shows nothing.

Pods that it cannot ask about start without an evaluator, and nobody is told. So before any pod is rolled, and
again every resync, it is asked to create an object for a try, which the webhook marks if it is asked.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from modelmonitor.cluster import kinds, webhooks
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.webhooks import SECONDS, Webhook
from modelmonitor.errors import ClusterError
from modelmonitor.plan.injection import selecting

FIRST_PAUSE = 1.0
"""Seconds from try to try for as long as patience lasts; then each pause is twice the one before."""
PATIENCE = 30.0
"""For so long replicas may start, Services learn of them, and API servers of a configuration."""
NOT_YET = "the API server has not asked it yet"
"""The complaint until then."""

logger = logging.getLogger(__name__)


class Cluster(Protocol):
    """What we need of a cluster."""

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return an object, or None."""

    async def look(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return the metadata of an object, or None."""

    async def rehearse(self, manifest: Object) -> Object:
        """Return an object as it would be created; it is not."""


class Reaching:
    """Tries whether the API server asks the webhook.

    Attributes
    ----------
    pause
        Seconds until it is worth asking for the complaint again.
    """

    def __init__(self, cluster: Cluster, webhook: Webhook, resync: float, clock: Callable[[], float]) -> None:
        self._cluster = cluster
        self._webhook = webhook
        self._resync = resync
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.pause = FIRST_PAUSE
        self._due_at = 0.0
        self._failing_since: float | None = None

    async def complaint(self) -> str:
        """Return why the webhook is not asked; empty when it is, or when nobody can tell."""
        now = self._clock()
        if now >= self._due_at:
            self._note(now, await self._is_asked())
            self._due_at = self._clock() + self.pause
        if self._failing_since is None:
            return ""
        return self._text() if now - self._failing_since >= PATIENCE else NOT_YET

    def _note(self, now: float, is_asked: bool) -> None:
        if is_asked:
            self._failing_since, self.pause = None, self._resync
            return
        since = now if self._failing_since is None else self._failing_since
        impatient = now - since >= PATIENCE
        self._failing_since = since
        self.pause = min(2 * self.pause, self._resync) if impatient else FIRST_PAUSE

    def _text(self) -> str:
        return (
            f"the API server does not reach {self._webhook.place}, or gets no answer in {SECONDS} seconds. "
            "As failurePolicy is Ignore, nobody else is told. Let it through: firewalls between control "
            "plane and nodes (private clusters need a rule for that port), NetworkPolicies of namespace "
            f"{self._webhook.namespace}, a proxy or tunnel in between; the API server's log says which. It "
            f"is tried every {self._resync:g} seconds"
        )

    async def _is_asked(self) -> bool:
        """Try once; whatever hinders a try says nothing about the webhook."""
        try:
            tried = await self._cluster.rehearse(webhooks.trial(self._webhook))
        except ClusterError as error:
            logger.debug("whether the API server reaches the webhook cannot be tried: %s", error)
            return self._failing_since is None
        return webhooks.is_answered(tried) or await self._is_kept_away()

    async def _is_kept_away(self) -> bool:
        """Tell whether a platform has narrowed the selectors, so that no trial is ours to be asked about."""
        with contextlib.suppress(ClusterError):
            live = await self._cluster.get(kinds.MUTATING_WEBHOOK, None, self._webhook.name)
            own = await self._cluster.look(kinds.NAMESPACE, None, self._webhook.namespace)
            if live is not None and own is not None:
                labels = own["metadata"].get("labels") or {}
                return not selecting.matches(webhooks.namespaces_tried(live), labels)
        return False
