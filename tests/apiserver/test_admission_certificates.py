"""Certificates of the webhook are renewed, expire, are broken and deleted: pods still get their evaluators.

The parts run in this process, at a pace that a test can wait for; the API server and its clock are real.
"""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apiserver.admission import Pods, is_injected
from modelmonitor.cluster import certificates
from modelmonitor.cluster.certificates import Pair
from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import Connection, connect
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.handlers.admission.health import Health
from modelmonitor.handlers.admission.injecting import Evaluator
from modelmonitor.handlers.admission.keeping import Keeping, Pace
from modelmonitor.handlers.admission.serving import Place, Serving
from modelmonitor.handlers.metrics import Metrics

pytestmark = pytest.mark.apiserver
THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
HOST = "127.0.0.1"
FAST = Pace(look=0.1, resync=0.5, settle=1.0, grace=4.0)
DAY = timedelta(days=1)


def aged(age: timedelta) -> Pair:
    """Make a certificate some time ago."""
    return certificates.make(HOST, datetime.now(UTC) - age)


@dataclass
class Stream:
    """Pods that are created one after the other; whether each got its evaluator."""

    pods: Pods
    injected: list[bool] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool], seconds: float = 40.0) -> bool:
        """Create pods until a condition is met, and a few more."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(condition):
                await self.create()
        for _ in range(5):
            await self.create()
        return True

    async def create(self) -> None:
        created = await asyncio.to_thread(self.pods.create)
        self.injected.append(is_injected(created))


@pytest.fixture
def connection(operator_user: Path) -> Connection:
    return connect(str(operator_user))


@asynccontextmanager
async def served(pods: Pods, connection: Connection) -> AsyncIterator[None]:
    """A replica that stands by."""
    metrics = Metrics(lambda: 0, lambda: False)
    place = Place(HOST, pods.port, pods.space.name, look=1.5)
    serving = Serving(connection, place, Evaluator("evaluator:1", "IfNotPresent"), metrics)
    running = asyncio.create_task(serving.run())
    try:
        yield
    finally:
        serving.stop()
        await running


@asynccontextmanager
async def kept(pods: Pods, connection: Connection, pace: Pace = FAST) -> AsyncIterator[Health]:
    """A replica that acts."""
    health = Health()
    webhook = Webhook(pods.space.name, "", f"https://{HOST}:{pods.port}", (pods.space.name,))
    async with Client(connection) as client:
        running = asyncio.create_task(Keeping(client, webhook, pace, health).run(lambda: True))
        try:
            yield health
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def current(pods: Pods) -> str:
    pair = certificates.read(pods.secret)
    return pair.certificate if pair and pair.serves(HOST, datetime.now(UTC)) else ""


async def started(pods: Pods) -> Stream:
    """Wait for the first pod that gets its evaluator."""
    await asyncio.to_thread(pods.await_injection)
    return Stream(pods)


async def renewed(pods: Pods, stream: Stream, old: str) -> None:
    """Create pods until a new certificate alone is served and trusted: none may lack its evaluator."""
    assert await stream.until(lambda: current(pods) not in ("", old) and pods.trusted == [current(pods)])
    assert all(stream.injected), stream.injected


def secret_of(pods: Pods, pair: Pair) -> None:
    data = {"tls.crt": pair.certificate, "tls.key": pair.key}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
    pods.put("secrets", certificates.SECRET, data=encoded, type="kubernetes.io/tls")


@pytest.mark.parametrize("left", [29 * DAY, timedelta(seconds=10)], ids=["due", "about to expire"])
async def test_pods_lose_nothing_while_a_certificate_is_renewed(
    pods: Pods, connection: Connection, left: timedelta
) -> None:
    old = aged(certificates.LIFE - left)
    secret_of(pods, old)
    async with served(pods, connection), kept(pods, connection) as health:
        stream = await started(pods)
        await renewed(pods, stream, old.certificate)
        assert health.complaint == ""
    assert len(stream.injected) > 20


async def test_an_expired_certificate_is_replaced_at_once(pods: Pods, connection: Connection) -> None:
    secret_of(pods, aged(91 * DAY))
    async with served(pods, connection):
        assert not is_injected(await asyncio.to_thread(pods.create))
        async with kept(pods, connection, Pace(look=0.2, settle=3600.0)):
            await started(pods)


DAMAGE = {
    "deleted": lambda pods: pods.space.rest.send("DELETE", pods.path(f"secrets/{certificates.SECRET}")),
    "emptied": lambda pods: pods.edit({"data": {"tls.crt": "", "tls.key": ""}}),
    "garbled": lambda pods: pods.edit({"data": {"tls.crt": base64.b64encode(b"\xff\x00garbage").decode()}}),
    "another key": lambda pods: pods.edit({"data": {"tls.key": encoded_key(aged(DAY))}}),
    "another host": lambda pods: pods.keep(certificates.make("elsewhere", datetime.now(UTC))),
}


def encoded_key(pair: Pair) -> str:
    return base64.b64encode(pair.key.encode()).decode()


@pytest.mark.parametrize("damage", ["deleted", "garbled", "another key"] if THOROUGH else ["deleted"])
async def test_pods_lose_nothing_when_the_secret_is_damaged(
    pods: Pods, connection: Connection, damage: str
) -> None:
    async with served(pods, connection), kept(pods, connection):
        stream = await started(pods)
        old = current(pods)
        await asyncio.to_thread(DAMAGE[damage], pods)
        await renewed(pods, stream, old)


@pytest.mark.parametrize("damage", ["emptied", "another host"] if THOROUGH else ["another host"])
async def test_a_secret_that_was_edited_by_hand_is_healed(
    pods: Pods, connection: Connection, damage: str
) -> None:
    async with served(pods, connection), kept(pods, connection):
        stream = await started(pods)
        old = current(pods)
        await asyncio.to_thread(DAMAGE[damage], pods)
        assert await stream.until(lambda: current(pods) not in ("", old) and pods.trusted == [current(pods)])
        assert all(stream.injected[-5:])


async def test_two_leaders_at_a_hand_over_agree_on_one_certificate(
    pods: Pods, connection: Connection
) -> None:
    old = aged(61 * DAY)
    secret_of(pods, old)
    async with served(pods, connection), kept(pods, connection), kept(pods, connection):
        stream = await started(pods)
        await renewed(pods, stream, old.certificate)
        version = pods.secret["metadata"]["resourceVersion"]
        for _ in range(10):
            await stream.create()
        assert pods.secret["metadata"]["resourceVersion"] == version


async def test_nothing_is_written_while_nothing_changes(pods: Pods, connection: Connection) -> None:
    async with served(pods, connection), kept(pods, connection, Pace(look=0.1, resync=0.1, grace=0.0)):
        stream = await started(pods)
        before = [one["metadata"]["resourceVersion"] for one in (pods.secret, pods.configuration)]
        for _ in range(20):
            await stream.create()
        assert [one["metadata"]["resourceVersion"] for one in (pods.secret, pods.configuration)] == before
