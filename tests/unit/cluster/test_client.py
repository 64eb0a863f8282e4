"""What the client does without an API server that answers."""

import ssl

import pytest

from modelmonitor.cluster import kinds
from modelmonitor.cluster.client import Client, Scope
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import NotLeading, Unreachable

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
