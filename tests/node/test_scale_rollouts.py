"""Requests that fail while pods are replaced: none because of us."""

import collections
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node import inside, model, monitored
from node.monitored import Monitored, Told
from node.namespaces import Namespace

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes ten minutes"),
]

ROLLOUTS = 5
RATE = 200.0
REPLICAS = 3


@pytest.fixture(scope="module")
def here(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    with monitored.operator(namespace, tmp_path_factory.mktemp("operator")) as found:
        yield found


def both(here: Monitored, linger: float) -> None:
    """Let the model be there twice, once without evaluators."""
    image = here.namespace.python
    plain = model.deployment(image, "plain", REPLICAS, LINGER=f"{linger:g}")
    here.namespace.apply(plain, model.service("plain"))
    monitored.apply(here, model.monitor(capture={"mode": "Proxy"}), REPLICAS, LINGER=f"{linger:g}")
    here.settled(REPLICAS, "churn")
    here.settled(REPLICAS, "plain")


def rolled(here: Monitored, name: str, folder: Path, each: int) -> Told:
    """Replace all pods again and again, under load."""
    options = ("--rate", str(RATE), "--each", str(each), "--clients", "32")
    with monitored.driving(here.address(name), folder, *options) as callers:
        time.sleep(2)
        for number in range(ROLLOUTS):
            here.kubectl("set", "env", f"deployment/{name}", f"VERSION={each}-{number}")
            here.settled(REPLICAS, name)
        return callers.stop()


def said(told: Told) -> str:
    kinds = dict(collections.Counter(kind for _, kind in told.failed))
    return f"{len(told.failed)} of {told.sent} failed {kinds or ''}in {told.seconds:.0f} s"


@pytest.mark.parametrize("each", [1, 10])
def test_rollouts_of_a_model_that_lingers_fail_no_request_with_or_without_us(
    here: Monitored, tmp_path: Path, each: int
) -> None:
    both(here, linger=5)
    without, with_us = rolled(here, "plain", tmp_path, each), rolled(here, "churn", tmp_path, each)
    inside.figures(f"{each} requests a connection: without us {said(without)}; with us {said(with_us)}")
    assert without.failed == []
    assert with_us.failed == []


def test_rollouts_of_a_model_that_closes_at_once_fail_about_as_many_as_without_us(
    here: Monitored, tmp_path: Path
) -> None:
    both(here, linger=0)
    without, with_us = rolled(here, "plain", tmp_path, 1), rolled(here, "churn", tmp_path, 1)
    inside.figures(f"a model that closes at once: without us {said(without)}; with us {said(with_us)}")
    assert len(with_us.failed) <= 3 * len(without.failed) + 0.002 * with_us.sent
