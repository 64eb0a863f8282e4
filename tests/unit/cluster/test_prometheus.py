"""What may sit at an address that somebody chose: it must not surprise us, nor learn who we are."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from modelmonitor.cluster.prometheus import Prometheus
from modelmonitor.errors import PrometheusError

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
LABELS = {"namespace": "ml", "monitor": "churn"}


@asynccontextmanager
async def asking(answer: Answer, user: str = "", most_bytes: int = 1 << 20) -> AsyncIterator[Prometheus]:
    """Ask a server that answers like this."""
    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    url = site.name.replace("http://", f"http://{user}@" if user else "http://")
    try:
        async with aiohttp.ClientSession() as session:
            yield Prometheus(session, url, most_bytes)
    finally:
        await runner.cleanup()


def saying(text: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="application/json")

    return answer


def giving(data: Any) -> Answer:
    return saying(json.dumps({"status": "success", "data": data}))


def vector(metric: Any, value: Any) -> Answer:
    return giving({"resultType": "vector", "result": [{"metric": metric, "value": [0, value]}]})


@pytest.mark.parametrize(
    "answer",
    [
        saying("[" * 200_000),
        saying('{"a":' * 200_000),
        vector(None, "1"),
        vector([], "1"),
        vector(LABELS, 10**400),
        vector(LABELS, None),
        vector(LABELS, "many"),
        giving({"resultType": "vector", "result": {"a": 1}}),
        giving({"resultType": "vector", "result": [{"metric": {}, "value": []}]}),
    ],
)
async def test_an_answer_of_any_other_form_is_an_error_of_prometheus(answer: Answer) -> None:
    async with asking(answer) as prometheus:
        with pytest.raises(PrometheusError):
            await prometheus.query("up")


async def test_labels_that_are_no_text_become_text() -> None:
    async with asking(vector({"namespace": ["ml"]}, "1")) as prometheus:
        assert [one.labels for one in await prometheus.query("up")] == [{"namespace": "['ml']"}]


async def test_what_is_not_a_number_is_no_sample() -> None:
    for value in ("NaN", "+Inf", "-Inf"):
        async with asking(vector(LABELS, value)) as prometheus:
            assert await prometheus.query("up") == []


async def test_words_are_repeated_as_far_as_a_status_can_hold_them() -> None:
    rule = {"name": "a" * 9999, "health": "err", "lastError": "\ud800" * 9999, "labels": LABELS}
    async with asking(giving({"groups": [{"name": [1], "rules": [rule]}]})) as prometheus:
        (group,) = await prometheus.rules(LABELS)
    assert group.name == "[1]"
    assert group.error == f"{'a' * 200}: {'?' * 200}"
    async with asking(giving({"storageRetention": "x" * 9999})) as prometheus:
        assert await prometheus.retention() == "x" * 200
    async with asking(saying(json.dumps({"status": "error", "error": "\ud800" * 9999}))) as prometheus:
        with pytest.raises(PrometheusError, match=r"got status 200: \?{200}$"):
            await prometheus.query("up")


@pytest.mark.parametrize("encoding", ["identity", "deflate"])
async def test_an_answer_without_end_is_not_read_to_its_end(encoding: str) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        if encoding == "deflate":
            answer.enable_compression(web.ContentCoding.deflate)
        await answer.prepare(request)
        while sent < 256 << 20:
            sent += 1 << 20
            await answer.write(b" " * (1 << 20))
        return answer

    async with asking(endless) as prometheus:
        with pytest.raises(PrometheusError, match="expected at most 1 MiB, got more"):
            await prometheus.query("up")
    assert encoding == "deflate" or sent < 64 << 20


async def test_a_redirect_is_not_followed_and_we_do_not_say_who_we_are() -> None:
    asked: list[web.Request] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request)
        raise web.HTTPFound("/secret", headers={"Set-Cookie": "session=1"})

    async with asking(elsewhere) as prometheus:
        for _ in range(2):
            with pytest.raises(PrometheusError, match="got a redirect"):
                await prometheus.query("up")
    assert [request.path for request in asked] == ["/api/v1/query"] * 2
    assert not {"Authorization", "Proxy-Authorization"} & set(asked[-1].headers)


async def test_a_password_in_the_address_is_used_and_never_shown() -> None:
    async def refuse(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == aiohttp.BasicAuth("me", "hush").encode()
        return web.Response(text="oops", status=500)

    async with asking(refuse, user="me:hush") as prometheus:
        with pytest.raises(PrometheusError, match="status 500") as refused:
            await prometheus.query("up")
    assert "hush" not in str(refused.value)
