"""What the probes are told: a replica that stands by is well; one whose resync is stuck is not."""

import ssl
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import Connection
from modelmonitor.cluster.family import Family
from modelmonitor.handlers import seeing
from modelmonitor.handlers.options import Options
from modelmonitor.handlers.queue import Queue
from modelmonitor.handlers.registry import Monitors


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many seconds pass."""
    began = time.monotonic()

    def pass_seconds(seconds: float) -> None:
        monkeypatch.setattr(seeing, "time", SimpleNamespace(monotonic=lambda: began + seconds))

    return pass_seconds


@pytest.fixture
def replica() -> seeing.Seeing:
    nowhere = Client(Connection("https://127.0.0.1:1", ssl.create_default_context(), lambda: "", "default"))
    return seeing.Seeing(nowhere, Options(resync=10), Monitors(), Family(), Queue(time.monotonic))


def test_a_replica_that_stands_by_is_well_however_long_it_waits(replica, after):
    after(86_400)
    assert replica.complaint() == ""


def test_a_replica_that_acts_but_has_not_listed_monitors_for_minutes_is_not_well(replica, after):
    replica._resynced_at = time.monotonic()
    assert replica.complaint() == ""
    after(5 * 10 + seeing.STUCK_AFTER + 1)
    assert replica.complaint() == "the resync is stuck"
