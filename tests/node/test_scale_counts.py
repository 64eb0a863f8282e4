"""Counts while pods come and go: predictions within the stated bound, the truth of each exactly once.

Thorough: a quarter of an hour on the local cluster.
"""

import collections
import json
import os
import time
from pathlib import Path

import pytest

from modelmonitor import wire
from node import inside, model, monitored
from node.inside import Prometheus, Redis, eventually
from node.monitored import Json, Monitored
from node.namespaces import RefusedError

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes a quarter of an hour"),
]

RATE = 40.0
MATURITY = 420.0
MOST = 20
OUTAGE = 300.0


def versions(here: Monitored, name: str) -> set[str]:
    return {it["metadata"]["labels"][wire.LABEL_VERSION] for it in here.pods(name)}


def evict(here: Monitored, pods: list[Json]) -> None:
    """Evict pods as a drain of their node does."""
    for pod in pods:
        name = pod["metadata"]["name"]
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        path = f"/api/v1/namespaces/{here.namespace.name}/pods/{name}/eviction"
        here.namespace.kubectl("create", "--raw", path, "-f", "-", manifest=body)


def come_and_go(here: Monitored, name: str) -> list[set[str]]:
    """Let pods come and go: 1, 20, evictions, a release, 2; return the versions before and after."""
    scale = ("scale", f"deployment/{name}")
    here.kubectl(*scale, f"--replicas={MOST}")
    here.injected(MOST, name, seconds=240)
    old = versions(here, name)
    here.kubectl(*scale, "--replicas=4")
    here.settled(4, name)
    evict(here, here.pods(name)[:2])
    here.injected(4, name)
    here.settled(4, name)
    here.kubectl("set", "env", f"deployment/{name}", "VERSION=2")
    here.settled(4, name)
    new = versions(here, name)
    here.kubectl(*scale, "--replicas=2")
    here.settled(2, name)
    return [old, new]


def test_pods_that_come_and_go_lose_no_request_no_label_and_no_more_counts_than_is_said(
    sharing: Monitored, scraped: Prometheus, tmp_path: Path
) -> None:
    name = "coming"
    monitored.apply(sharing, model.monitor(name, **model.labels_in_redis(MATURITY)))
    began = time.monotonic()
    options = ("--rate", str(RATE), "--each", "20")
    with monitored.driving(sharing.address(name), tmp_path, *options) as callers:
        old, new = come_and_go(sharing, name)
        told = callers.stop()
    churned = time.monotonic() - began
    assert told.failed == []
    assert (len(old), len(new), len(old | new)) == (1, 1, 2)

    senders = f"http://{sharing.address(f'{name}-evaluator')}{wire.PATH_LABELS}"
    outcomes = monitored.label(senders, model.labels(told.answered), token=model.TOKEN)
    assert collections.Counter(outcomes.values()) == {"joined": told.answered}
    again = monitored.label(senders, model.labels(200), token=model.TOKEN)
    assert collections.Counter(again.values()) == {"duplicate": 200}

    matcher = f'monitor="{name}"'
    kept = f"max_over_time(modelmonitor_predictions_total{{{matcher}}}[1h])"
    bound = 2 * inside.INTERVAL * RATE * (1 + 1 / 2 + 1 + 1 / 2)
    """Shares of the traffic whose pods ended: all but 4 of 20, 2 of 4, 4 of 4, 2 of 4."""
    counted = scraped.value(f"sum({kept})")
    assert told.answered - bound <= counted <= told.answered
    for version, label in (("1", old), ("2", new)):
        of_version = scraped.value(f"sum({kept.replace(matcher, f'{matcher},version=~`{label.pop()}`')})")
        assert told.versions[version] - bound <= of_version <= told.versions[version]

    def matured() -> bool:
        return sum(it["coverage"]["matured"] for it in sharing.statistics(name)) >= told.answered

    assert eventually(matured, MATURITY + 60, 2)
    pages = sharing.statistics(name)
    assert churned < MATURITY, "some had matured in pods that are gone: this machine is too slow for the sums"
    assert sum(it["coverage"]["matured"] for it in pages) == told.answered
    assert sum(it["coverage"]["explicit"] for it in pages) == told.answered
    assert all(it["losses"] == {} for it in pages)
    inside.figures(
        f"{told.answered} requests in {told.seconds:.0f} s while pods came and went, median "
        f"{told.quantile(0.5):.1f} ms; Prometheus counted {told.answered - counted:.0f} fewer (bound "
        f"{bound:.0f}); all joined and matured once"
    )


def test_an_outage_of_redis_loses_nothing_and_senders_are_told_to_come_again(
    sharing: Monitored, redis: Redis, tmp_path: Path
) -> None:
    name = "outage"
    monitored.apply(sharing, model.monitor(name, **model.labels_in_redis(3600)), 2)
    senders = f"http://{sharing.address(f'{name}-evaluator')}{wire.PATH_LABELS}"
    with monitored.driving(sharing.address(name), tmp_path, "--rate", "20") as callers:
        time.sleep(5)
        redis.kill()
        until = time.monotonic() + OUTAGE
        while time.monotonic() < until:
            assert_told_to_come_again(senders)
            time.sleep(5)
        redis.start()
        time.sleep(5)
        told = callers.stop()
    assert told.failed == []
    outcomes = monitored.label(senders, model.labels(told.answered), token=model.TOKEN)
    assert collections.Counter(outcomes.values()) == {"joined": told.answered}
    pages = sharing.statistics(name)
    assert sum(it["predictions"]["count"] for it in pages) == told.answered
    assert all(it["losses"] == {} for it in pages)
    inside.figures(
        f"{told.answered} predictions, {OUTAGE:.0f} s of them without Redis: all found their label"
    )


def assert_told_to_come_again(senders: str) -> None:
    body = json.dumps([{"id": "p-1", "actual": "1"}]).encode()
    with pytest.raises(RefusedError) as refused:
        monitored.within(
            senders, body, authorization=f"Bearer {model.TOKEN}", content_type="application/json"
        )
    assert str(refused.value).startswith("503")
    assert "retry-after" in str(refused.value).lower()
