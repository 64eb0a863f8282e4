"""One prometheus-operator and one inbox for all tests of this folder; an Alertmanager for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routing import stand as stands
from routing import texts
from routing.alertmanagers import Alertmanager, Json, scaled
from routing.inbox import Inbox
from routing.stand import ALERTMANAGER, Stand

Start = Callable[..., Alertmanager]
Configured = Callable[..., Json]


@pytest.fixture(scope="session")
def everyones_inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


@pytest.fixture
def inbox(everyones_inbox: Inbox) -> Inbox:
    """An inbox in which nothing is yet."""
    everyones_inbox.clear()
    return everyones_inbox


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory, everyones_inbox: Inbox) -> Iterator[Stand]:
    """An API server with prometheus-operator, an Alertmanager object, and the Secrets of receivers."""
    with stands.stand(tmp_path_factory.mktemp("stand")) as running:
        running.namespace("ml")
        for name, (key, value) in texts.SECRETS.items():
            running.secret("ml", name, {key: value})
        for medium in ("slack", "webhook", "teams"):
            running.secret("ml", medium, {"url": everyones_inbox.url(medium)})
        running.alertmanager(ALERTMANAGER, stands.cluster_configuration(everyones_inbox))
        yield running


@pytest.fixture
def configured(stand: Stand) -> Configured:
    """Apply the AlertmanagerConfig of a plan; give what prometheus-operator makes of it, at another pace."""

    def make(planned: texts.Plan, pace: float = 1.0) -> Json:
        manifest = planned.routes[0]
        stand.apply(manifest)
        about = manifest["metadata"]
        names = [one["name"] for one in manifest["spec"]["receivers"]]
        wanted = [f"{about['namespace']}/{about['name']}/{name}" for name in names]
        return scaled(stand.configuration(*wanted), pace)

    return make


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start Alertmanagers; all end with the test."""
    started: list[Alertmanager] = []

    def start(configuration: Json, **more: object) -> Alertmanager:
        made = Alertmanager(tmp_path / f"alertmanager-{len(started)}", configuration, **more)  # type: ignore[arg-type]
        started.append(made)
        return made.start()

    yield start
    for one in started:
        one.kill()
