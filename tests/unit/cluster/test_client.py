"""What the client does without an API server that answers, and what it keeps of answers."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from modelmonitor.cluster import kinds, transport
from modelmonitor.cluster.client import Client, Scope
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import NotLeading, Unreachable
from modelmonitor.handlers import events

Json = dict[str, Any]
NOBODY = Connection("https://127.0.0.1:1", ssl.create_default_context(), lambda: "", "default")
RULE = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
        "metadata": {"namespace": "ml", "name": "churn-slo"}}  # fmt: skip
LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": RULE["metadata"]}


async def test_without_the_lease_nothing_is_written_but_leases() -> None:
    async with Client(NOBODY, fence=lambda: 0.0) as client:
        with pytest.raises(NotLeading, match=r"patch prometheusrules[.]monitoring[.]coreos[.]com churn-slo"):
            await client.apply(RULE, force=True)
        with pytest.raises(NotLeading):
            await client.delete(kinds.PROMETHEUS_RULE, "ml", "churn-slo", "uid")
        with pytest.raises(Unreachable):
            await client.create(LEASE)
        with pytest.raises(Unreachable):
            await client.get(kinds.PROMETHEUS_RULE, "ml", "churn-slo")


async def test_an_api_server_that_does_not_answer_is_unreachable_in_all_ways() -> None:
    async with Client(NOBODY) as client:
        with pytest.raises(Unreachable, match="list configmaps in all namespaces"):
            async for _ in client.pages(Scope(kinds.CONFIG_MAP, None)):
                pass
        with pytest.raises(Unreachable, match="watch configmaps in namespace ml"):
            async for _ in client.watch(Scope(kinds.CONFIG_MAP, "ml"), "1"):
                pass
        with pytest.raises(Unreachable):
            await client.serves(kinds.MODEL_MONITOR)


def field(tree: Json) -> Json:
    """Give an object with a field of a manager."""
    entry = {"manager": "team", "fieldsV1": tree}
    return {"metadata": {"name": "churn", "resourceVersion": "1", "managedFields": [entry]}}


@pytest.fixture
async def served() -> AsyncIterator[Connection]:
    """Serve a list, a watch and an object, each with a tree of managed fields."""
    tree = field({"f:spec": {"f:replicas": {}}, "f:status": {"f:replicas": {}}})

    async def listed(request: web.Request) -> web.Response:
        if "watch" in request.query:
            return web.Response(text=json.dumps({"type": "ADDED", "object": tree}) + "\n")
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": [tree]})

    async def one(_: web.Request) -> web.Response:
        return web.json_response(tree)

    application = web.Application()
    application.router.add_get("/apis/apps/v1/deployments", listed)
    application.router.add_get("/apis/apps/v1/namespaces/ml/deployments/churn", one)
    runner = web.AppRunner(application)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    yield replace(NOBODY, server=site.name)
    await runner.cleanup()


async def test_of_the_fields_of_managers_lists_keep_but_the_outermost(served: Connection) -> None:
    light, scope = field({"f:spec": {}, "f:status": {}}), Scope(kinds.DEPLOYMENT, None)
    async with Client(served) as client:
        assert [page async for page, _ in client.pages(scope)] == [[light]]
        assert [event["object"] async for event in client.watch(scope, "1")] == [light]
        whole = await client.get(kinds.DEPLOYMENT, "ml", "churn")
    assert whole == field({"f:spec": {"f:replicas": {}}, "f:status": {"f:replicas": {}}})


async def test_kopf_is_given_lists_that_are_as_light(served: Connection) -> None:
    async with aiohttp.ClientSession(response_class=events.Light) as session:
        answer = await session.get(f"{served.server}/apis/apps/v1/deployments")
        assert (await answer.json())["items"] == [field({"f:spec": {}, "f:status": {}})]


@pytest.mark.parametrize("answers", [True, False])
async def test_a_watch_that_falls_silent_ends_and_one_that_is_not_even_answered_is_a_failure(
    answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        if answers:
            await answer.prepare(request)
            await answer.write(json.dumps({"type": "ADDED", "object": RULE}).encode() + b"\n")
        await over.wait()
        return answer

    over = asyncio.Event()
    monkeypatch.setattr(transport, "SILENCE_SECONDS", 0.2)
    application = web.Application()
    application.router.add_get("/apis/apps/v1/deployments", silent)
    runner = web.AppRunner(application)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    try:
        async with Client(replace(NOBODY, server=site.name)) as client:
            watching = client.watch(Scope(kinds.DEPLOYMENT, None), "1")
            with nullcontext() if answers else pytest.raises(Unreachable, match="watch deployments"):
                assert [event["object"] async for event in watching] == [RULE]
    finally:
        over.set()
        await runner.cleanup()
