"""The acting replica keeps the webhook reachable: its certificate, and the configuration that trusts it.

A new certificate is trusted first and served afterwards, and an old one is trusted until every replica has
had the time to load the new one: pods that are created meanwhile lose nothing.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from modelmonitor.cluster import certificates, kinds, webhooks
from modelmonitor.cluster.certificates import Pair
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.errors import ClusterError, Conflict, Forbidden, NotLeading
from modelmonitor.handlers.admission.health import Health
from modelmonitor.handlers.admission.reaching import NOT_YET, Reaching

logger = logging.getLogger(__name__)


class Cluster(Protocol):
    """What we need of a cluster."""

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return an object, or None."""

    async def look(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return the metadata of an object, or None."""

    async def create(self, manifest: Object) -> Object:
        """Create an object; Conflict when it exists."""

    async def rehearse(self, manifest: Object) -> Object:
        """Return an object as it would be created; it is not."""

    async def replace(self, manifest: Object) -> Object:
        """Replace an object of the manifest's resource version; Conflict when it has changed or gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds things take.

    Attributes
    ----------
    look
        From one look at the Secret to the next.
    resync
        From one look at the configuration to the next, while nothing changes.
    settle
        Until every API server surely trusts what the configuration lists.
    grace
        Until every replica has surely loaded the Secret, several failures included.
    """

    look: float = 5.0
    resync: float = 60.0
    settle: float = 30.0
    grace: float = 120.0


class Keeping:
    """Looks at certificate and configuration, and heals them."""

    def __init__(
        self, cluster: Cluster, webhook: Webhook, pace: Pace, health: Health, *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._cluster = cluster
        self._webhook = webhook
        self._pace = pace
        self._health = health
        self._now = now
        self._clock = clock
        self._said = ""
        self._reaching = Reaching(cluster, webhook, pace.resync, clock)
        self.forget()

    def forget(self) -> None:
        """Begin anew: others may have acted meanwhile."""
        self._fresh: Pair | None = None
        self._trusted_at: float | None = None
        self._serving: tuple[str, float] = ("", 0.0)
        self._due_at = 0.0
        self._refused = ""
        self._owner: Object | None = None
        self._reaching.forget()

    async def run(self, leading: Callable[[], bool]) -> None:
        """Keep for as long as this replica acts, until cancelled."""
        while True:
            if leading():
                await self._try()
            else:
                self.forget()
            await asyncio.sleep(min(self._pace.look, self._reaching.pause) if leading() else 1.0)

    async def look(self) -> None:
        """Look once, and do the next step of what there is to do.

        Raises
        ------
        ClusterError
            If the certificate can be neither read nor written.
        """
        secret = await self._cluster.get(kinds.SECRET, self._webhook.namespace, certificates.SECRET)
        pair, now = certificates.read(secret), self._now()
        usable = pair if pair and pair.serves(self._webhook.host, now) else None
        if usable and not usable.due(now):
            await self._settle(usable)
        else:
            await self._renew(usable, secret)

    async def _try(self) -> None:
        try:
            await self.look()
            self._health.trouble = self._refused or await self._reaching.complaint()
        except (Conflict, NotLeading) as error:
            logger.debug("the webhook is looked at again: %s", error)
        except ClusterError as error:
            self._health.trouble = str(error)
        except Exception:
            self._health.trouble = "the webhook is not kept because of a bug; see the log of the operator"
            logger.exception("the webhook cannot be kept for a reason that nobody foresaw")
        self._say(self._health.trouble)

    def _say(self, trouble: str) -> None:
        """Say once what is wrong."""
        if trouble == NOT_YET:
            logger.debug("nothing is rolled: %s", trouble)
        elif trouble not in ("", self._said):
            logger.warning("pods get no evaluator: %s", trouble)
        self._said = trouble

    async def _settle(self, pair: Pair) -> None:
        """Trust the certificate that is served, and for a while those before it."""
        self._fresh = self._trusted_at = None
        if self._serving[0] != pair.certificate:
            self._serving = (pair.certificate, self._clock())
            self._due_at = 0.0
        if self._clock() >= self._due_at:
            young = self._clock() - self._serving[1] < self._pace.grace
            await self._configure([pair.certificate], keep=young)
            self._due_at = self._clock() + (self._pace.look if young else self._pace.resync)

    async def _renew(self, usable: Pair | None, secret: Object | None) -> None:
        """Make a certificate, have it trusted, and serve by it as soon as that is known everywhere.

        Where none serves that is trusted, there is nothing to wait for.
        """
        self._fresh = self._fresh or certificates.make(self._webhook.host, self._now())
        served = [usable.certificate] if usable else []
        before = await self._configure([*served, self._fresh.certificate], keep=True)
        if not self._refused and self._trusted_at is None:
            self._trusted_at = self._clock()
        settled = self._trusted_at is not None and self._clock() >= self._trusted_at + self._pace.settle
        if settled or not {*served, *before} - {self._fresh.certificate}:
            owned = await self._owned(secret)
            manifest = certificates.written(self._fresh, self._webhook.namespace, secret, owned)
            await (self._cluster.replace(manifest) if secret else self._cluster.create(manifest))
            self._fresh = self._trusted_at = None
            logger.info("a new certificate of the webhook is in Secret %s", certificates.SECRET)

    async def _configure(self, wanted: list[str], *, keep: bool) -> list[str]:
        """Have the API server trust certificates; return those of ours that it trusted before."""
        try:
            live = await self._cluster.get(kinds.MUTATING_WEBHOOK, None, self._webhook.name)
            known = [one for one in webhooks.trusted(live) if self._is_valid(one)]
            trusted = certificates.bundle([*wanted, *(known if keep else [])])
            manifest = webhooks.configuration(self._webhook, trusted, await self._owned(live), live)
            if live is None:
                await self._cluster.create(manifest)
            elif webhooks.differs(live, manifest):
                await self._cluster.replace(manifest)
        except Forbidden as error:
            self._refused = str(error)
            return []
        self._refused = ""
        return known

    async def _owned(self, live: Object | None) -> Object:
        """Return the owner of both objects, asked for once, and again for one that may have gone with it."""
        if self._owner is None or live is None:
            self._owner = await self._found_owner()
        return self._owner

    async def _found_owner(self) -> Object:
        """Have both objects go with the ClusterRole that allows them, or else with the namespace."""
        owners = {kinds.CLUSTER_ROLE: self._webhook.name, kinds.NAMESPACE: self._webhook.namespace}
        for kind, name in owners.items():
            with contextlib.suppress(Forbidden):
                if found := await self._cluster.look(kind, None, name):
                    return webhooks.owned(kind, found)
        return {}

    def _is_valid(self, certificate: str) -> bool:
        return certificates.valid(certificate, self._webhook.host, self._now())
