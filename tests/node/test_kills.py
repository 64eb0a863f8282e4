"""Pods and processes that are killed under traffic: what callers see, and what is counted of it.

Thorough: a quarter of an hour on the local cluster.
"""

import collections
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modelmonitor import wire
from modelmonitor.wire import families
from node import containers, inside, model, monitored
from node.inside import Prometheus, eventually
from node.monitored import Json, Monitored, Told

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes a quarter of an hour"),
]

RATE, REPLICAS = 150.0, 3
SHARE = RATE / (REPLICAS - 1)
"""Of the pod that is killed, at most: another one may be away."""
UNSENT = 0.1
"""Seconds of predictions that an evaluator which is killed has not told Redis, as docs/labels.md says."""
MATURITY = 300.0
SOON = 15.0
"""A maturity for predictions that mature while evaluators are killed."""


def all_ready(here: Monitored, name: str) -> bool:
    pods = here.pods(name, ending=True)
    return len(pods) == REPLICAS and all(monitored.ready(it) for it in pods)


def delete(here: Monitored, name: str, pod: Json) -> None:
    """Delete a pod by force, which takes it from the Service at once, and await the next one."""
    about = pod["metadata"]
    here.kubectl("delete", "pod", about["name"], "--force", "--grace-period=0")

    def replaced() -> bool:
        uids = {it["metadata"]["uid"] for it in here.pods(name, ending=True)}
        return about["uid"] not in uids and all_ready(here, name)

    assert eventually(replaced, 120), here.kubectl("get", "pods")


def kill(container: str) -> Callable[[Monitored, str, Json], None]:
    """Return what kills a container of a pod, and awaits that it runs again and the pod is ready."""

    def killed(here: Monitored, name: str, pod: Json) -> None:
        uid, before = pod["metadata"]["uid"], containers.state(pod, container)["restartCount"]
        containers.kill(pod, container)

        def restarted() -> bool:
            (now,) = (it for it in here.pods(name) if it["metadata"]["uid"] == uid)
            return bool(containers.state(now, container)["restartCount"] == before + 1)

        assert eventually(restarted, 60), here.kubectl("get", "pods")
        assert eventually(lambda: all_ready(here, name), 60), here.kubectl("get", "pods")

    return killed


KINDS = {"deleted": delete, "models": kill("model"), "evaluators": kill(wire.EVALUATOR)}


def struck(here: Monitored, name: str, kind: str, folder: Path) -> Told:
    """Strike each pod of a model, one after the other, under traffic."""
    options = ("--rate", str(RATE), "--prefix", f"{kind}-", "--clients", "32")
    with monitored.driving(here.address(name), folder, *options) as callers:
        time.sleep(2)
        for pod in here.pods(name):
            KINDS[kind](here, name, pod)
        time.sleep(2)
        return callers.stop()


def said(told: Told) -> str:
    kinds = dict(collections.Counter(kind for _, kind in told.failed))
    return f"{len(told.failed)} of {told.sent} failed {kinds or ''}in {told.seconds:.0f} s"


def test_kills_cost_no_more_requests_than_without_us_and_no_more_counts_than_is_said(
    sharing: Monitored, scraped: Prometheus, tmp_path: Path
) -> None:
    plain = model.deployment(sharing.namespace.python, "plain", REPLICAS)
    sharing.namespace.apply(plain, model.service("plain"))
    monitored.apply(sharing, model.monitor(**model.labels_in_redis(MATURITY)), REPLICAS)
    sharing.settled(REPLICAS, "plain")
    began = time.monotonic()
    told = {kind: struck(sharing, "churn", kind, tmp_path) for kind in KINDS}
    sent, answered = (sum(getattr(it, of) for it in told.values()) for of in ("sent", "answered"))
    joined = labelled(sharing, told)
    counted = scraped.growth(f'{families.PREDICTIONS.name}{{monitor="churn"}}')
    assert time.monotonic() - began < MATURITY, "some had matured: this machine is too slow for the sums"

    without = {kind: struck(sharing, "plain", kind, tmp_path) for kind in ("deleted", "models")}
    for kind, ours in told.items():
        theirs = without.get(kind, without["models"])
        inside.figures(f"{kind}: without us {said(theirs)}; with us {said(ours)}")

    bound = inside.INTERVAL * SHARE * REPLICAS * 2
    inside.figures(f"Prometheus: {counted:.0f} of {answered} answered, {sent} sent (bound {bound:.0f})")
    assert answered - bound <= counted <= sent

    matured = lambda: sum(it["coverage"]["matured"] for it in sharing.statistics())  # noqa: E731
    assert eventually(lambda: matured() >= joined, MATURITY + 60, 2), matured()
    pages = sharing.statistics()
    assert sum(it["coverage"]["matured"] for it in pages) == joined
    assert sum(it["coverage"]["explicit"] for it in pages) == joined
    for kind, ours in told.items():
        theirs = without.get(kind, without["models"])
        assert len(ours.failed) <= 3 * len(theirs.failed) + 0.01 * ours.sent


def test_what_matures_while_evaluators_are_killed_is_counted_at_most_once_and_nearly_all_of_it(
    sharing: Monitored, scraped: Prometheus, tmp_path: Path
) -> None:
    name = "maturing"
    monitored.apply(sharing, model.monitor(name, **model.labels_in_redis(SOON)), REPLICAS)
    with monitored.driving(sharing.address(name), tmp_path, "--rate", str(RATE)) as callers:
        time.sleep(SOON + 5)
        for pod in sharing.pods(name):
            KINDS["evaluators"](sharing, name, pod)
        told = callers.stop()

    def over() -> bool:
        return all(it["coverage"]["pending"] == 0 for it in sharing.statistics(name))

    assert eventually(over, SOON + 60, 1), sharing.statistics(name)
    time.sleep(3 * inside.INTERVAL)
    counted = scraped.growth(f'{families.COHORT.name}{{monitor="{name}"}}')
    bound = REPLICAS * RATE * (inside.INTERVAL + 1)
    inside.figures(
        f"{counted:.0f} of {told.answered} answered matured while {REPLICAS} evaluators were killed"
        f" ({said(told)}; bound {bound:.0f})"
    )
    assert told.answered - bound <= counted <= told.sent


def labelled(here: Monitored, told: dict[str, Told]) -> int:
    """Tell the truth about every request; return how many were remembered."""
    senders = f"http://{here.address('churn-evaluator')}{wire.PATH_LABELS}"
    remembered = 0
    for kind, one in told.items():
        items = model.labels(one.sent, f"{kind}-")
        outcomes = monitored.label(senders, items, model.TOKEN, seconds=20)
        failed = {f"{kind}-{number}" for number, _ in one.failed}
        lost = [it for it, outcome in outcomes.items() if outcome == "unknown" and it not in failed]
        seen = sum(outcome == "joined" for it, outcome in outcomes.items() if it in failed)
        inside.figures(
            f"{kind}: {len(lost)} of {one.answered} answered predictions unknown to Redis; of "
            f"{len(failed)} that failed {seen} were remembered"
        )
        assert set(outcomes.values()) <= {"joined", "unknown"}
        assert len(lost) <= (0 if kind == "models" else UNSENT * SHARE * REPLICAS)
        remembered += sum(it == "joined" for it in outcomes.values())
    return remembered
