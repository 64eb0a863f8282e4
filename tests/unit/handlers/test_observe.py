"""One Prometheus serves many monitors: it is asked seldom, and forgotten when nobody names it any more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp import web

from modelmonitor.errors import PrometheusError
from modelmonitor.handlers.observe import Sources
from modelmonitor.handlers.planned import Planned
from modelmonitor.report.outcome import Evidence, Promise

QUESTIONS = 9
"""In a round, whatever the number of monitors."""
CHURN, FRAUD = ("ml", "churn"), ("ml", "fraud")
EMPTY = {"resultType": "vector", "result": [], "groups": []}


@dataclass
class Fake:
    """What answers as Prometheus does, after a while."""

    seconds: float = 0.0
    retention: str = "15d"
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path.removeprefix("/api/v1/"))
        await asyncio.sleep(self.seconds)
        data = {**EMPTY, "storageRetention": self.retention}
        return web.Response(text=json.dumps({"status": "success", "data": data}))

    @asynccontextmanager
    async def served(self, default: str = "", fresh_for: float = 0.0) -> AsyncIterator[Sources]:
        application = web.Application()
        application.router.add_get("/{path:.*}", self.answer)
        runner = web.AppRunner(application)
        await runner.setup()
        await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
        self.url = site.name
        try:
            async with aiohttp.ClientSession() as session:
                yield Sources(session, default, fresh_for, lambda: None)
        finally:
            await runner.cleanup()


def planned(url: str) -> Planned:
    promise = Promise("availability", 0.01, "30d", 2592000.0)
    return Planned("uid", 1, (), (promise,), (), (("availability-burn", 4),), "", "PrometheusRule", url)


async def test_monitors_of_one_prometheus_share_its_answers() -> None:
    fake = Fake()
    async with fake.served(fresh_for=60.0) as sources:
        await sources.evidence(CHURN, planned(fake.url))
        await sources.evidence(FRAUD, planned(fake.url))
    assert fake.asked.count("query") == QUESTIONS
    assert fake.asked.count("rules") == 2


async def test_a_slow_prometheus_is_asked_less_often() -> None:
    fake = Fake(seconds=0.1)
    async with fake.served() as sources:
        for _ in range(3):
            await sources.evidence(CHURN, planned(fake.url))
    assert fake.asked.count("query") == QUESTIONS


async def test_a_quick_prometheus_is_asked_anew_when_its_answers_are_old() -> None:
    fake = Fake()
    async with fake.served() as sources:
        await sources.evidence(CHURN, planned(fake.url))
        async with asyncio.timeout(10):
            while fake.asked.count("query") < 2 * QUESTIONS:
                await sources.evidence(CHURN, planned(fake.url))
                await asyncio.sleep(0.01)


async def test_a_retention_in_words_of_its_own_is_not_known() -> None:
    for retention in ("1m1y", "0s", "for ever", "9" * 100 + "y"):
        fake = Fake(retention=retention)
        async with fake.served() as sources:
            evidence = await sources.evidence(CHURN, planned(fake.url))
        assert isinstance(evidence, Evidence)
        assert evidence.retention_seconds is None


async def test_a_prometheus_that_no_monitor_names_any_more_is_forgotten() -> None:
    fake = Fake()
    async with fake.served() as sources:
        for key in (CHURN, FRAUD):
            await sources.evidence(key, planned(fake.url))
        elsewhere = replace(planned(fake.url), prometheus_url=f"{fake.url}/elsewhere")
        await sources.evidence(CHURN, elsewhere)
        assert len(sources._by_url) == 2
        sources.forget(FRAUD)
        assert len(sources._by_url) == 1
        await sources.evidence(CHURN, planned(""))
        assert len(sources._by_url) == 0


async def test_an_address_that_is_none_is_an_error_of_prometheus() -> None:
    async with Fake().served() as sources:
        for url in ("http://", "http://[", "http://a:b", "http://a:99999999"):
            assert isinstance(await sources.evidence(CHURN, planned(url)), PrometheusError)
