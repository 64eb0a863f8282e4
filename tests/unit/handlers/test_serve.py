"""Kubelets and Prometheus reach the operator by whichever family the cluster gives its pods."""

import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from modelmonitor.handlers.options import Options
from modelmonitor.handlers.serve import serve


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_probes_come_by_either_family() -> None:
    assert await _readiness("127.0.0.1", "[::1]") == ["ok\n", "ok\n"]


async def test_probes_come_where_the_kernel_has_no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    assert await _readiness("127.0.0.1") == ["ok\n"]


async def _readiness(*hosts: str) -> list[str]:
    """Ask an operator that was not told where to listen, but for the port."""
    runner = await serve((Options().host, 0), CollectorRegistry(), str, str)
    try:
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as web:
            return [await (await web.get(f"http://{host}:{port}/readyz")).text() for host in hosts]
    finally:
        await runner.cleanup()
