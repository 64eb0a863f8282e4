"""Whoever answers behind the API server may send us anywhere: what a user is known by does not go there."""

import http.server
import io
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.cli.correlation import asking as correlate
from modelmonitor.cli.correlation.asking import Span
from modelmonitor.cli.initialising.gathering import Gathering
from modelmonitor.cli.reaching import fetching, lines
from modelmonitor.cli.reaching.address import Address
from modelmonitor.cli.reaching.prometheus import NotAnswered, Prometheus
from modelmonitor.cli.statistics import asking as stats
from modelmonitor.cluster import kinds
from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import ClusterError

WHO = {"Authorization": "Bearer the-admins-token"}


@dataclass
class Host:
    """Answers every request in one way, and remembers what it was asked."""

    status: int
    location: str = ""
    body: bytes = b'{"data": {"result": []}}'
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator["Host"]:
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(f"{self.path} {self.headers.get('Authorization', '')}".strip())
                self.send_response(host.status)
                if host.location:
                    self.send_header("Location", host.location)
                self.send_header("Content-Length", str(len(host.body)))
                self.end_headers()
                self.wfile.write(host.body)

            do_POST = do_GET  # noqa: N815 - looked up by name

            def log_message(self, *_: Any) -> None: ...

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            self.url = f"http://127.0.0.1:{server.server_port}"
            yield self
            server.shutdown()


@pytest.fixture
def thief() -> Iterator[Host]:
    """A host that everybody is sent to, and nobody should come to."""
    with Host(200).serving() as found:
        yield found
    assert found.asked == []


@pytest.fixture(params=[302, 308])
def pod(thief: Host, request: pytest.FixtureRequest) -> Iterator[Host]:
    """What sends everybody there."""
    elsewhere = thief.url.replace("127.0.0.1", "localhost")
    with Host(request.param, f"{elsewhere}/login?state=abc", b"").serving() as found:
        yield found


def test_a_password_in_an_address_is_sent_and_never_shown() -> None:
    with Host(200).serving() as host:
        url = host.url.replace("//", "//mia:p%40ss@")
        assert Prometheus(Address(url)).instant("up", 0) == []
        assert host.asked[0].endswith(" Basic bWlhOnBAc3M=")
        host.status = 500
        with pytest.raises(NotAnswered) as said:
            Prometheus(Address(url)).instant("up", 0)
        with pytest.raises(click.ClickException) as told:
            stats.asked(url)
    assert "ss@" not in f"{said.value}{told.value}"


@pytest.mark.parametrize("url", ["http://a..b", f"http://{'a' * 80}"])
def test_what_no_host_is_called_is_said(url: str) -> None:
    with pytest.raises(click.ClickException, match="got no host of such a name"):
        stats.asked(url)


@pytest.mark.parametrize(
    "result",
    [
        b"[{}]", b"[1]", b"{}", b"7", b'[{"metric": {}}]', b'[{"metric": {"a": 1}, "value": [1, "2"]}]',
        b'[{"metric": {}, "value": [1, "two"]}]', b'[{"metric": {}, "value": 3}]',
        b'[{"metric": [], "value": [1, "2"]}]', b'[{"metric": {}, "values": []}]', b"[" * 100_000,
    ],
)  # fmt: skip
def test_whoever_is_no_prometheus_is_told_from_one(result: bytes) -> None:
    with Host(200, body=b'{"data": {"result": ' + result + b"}}").serving() as host:
        prometheus = Prometheus(Address(host.url))
        with pytest.raises(NotAnswered, match="expected data of Prometheus, got something else"):
            prometheus.instant("up", 0)
        if b"values" not in result:
            with pytest.raises(NotAnswered):
                prometheus.range("up", 0, 60, 60)


def test_prometheus_that_redirects_is_named_and_not_followed(pod: Host) -> None:
    prometheus = Prometheus(Address(f"{pod.url}/proxy", None, lambda: WHO))
    with pytest.raises(NotAnswered, match=r"got 30\d: a redirect to http://localhost:\d+/login") as said:
        prometheus.instant("up", 1.0)
    assert f"{pod.url}/proxy/api/v1/query" in str(said.value)
    with pytest.raises(NotAnswered, match="a redirect to"):
        prometheus.instant("up" * 5000, 1.0)


def test_a_pod_that_redirects_is_asked_for_the_page_with_a_slash_and_not_followed(pod: Host) -> None:
    assert fetching.page(Address(f"{pod.url}/proxy", None, lambda: WHO), "/metrics") == ""
    assert pod.asked == [f"/proxy/metrics{slash} Bearer the-admins-token" for slash in ("", "/")]


def test_lines_of_a_pod_that_redirects_are_not_read(pod: Host) -> None:
    address = Address(f"{pod.url}/proxy", None, lambda: WHO)
    with pytest.raises(lines.NotRead, match="a redirect to"), lines.opened(address, "/v1/captured", {}):
        pass


def gather(host: Host, into: Gathering) -> None:
    """Take all lines of a host."""
    with lines.opened(Address(host.url), "/v1/captured", {}) as found:
        for line, text in found:
            into.take("pod", 0, line, text)


@pytest.mark.parametrize(
    "line",
    [
        b"7", b"{", b"\xff", b"[" * 100_000, b'{"count": 1}', b'{"count": 1, "features": 3}',
        b'{"count": 2, "features": {"a": [1]}}', b'{"count": 1, "features": {"a": [1]}, "ids": []}',
        b'{"labels": {"ids": ["a"], "actuals": []}}', b'{"lost": 1}', b'{"count": "1", "features": {}}',
        b'{"x": "' + b"y" * (9 << 20) + b'"}',
    ],
)  # fmt: skip
def test_lines_that_no_evaluator_writes_are_not_taken(line: bytes) -> None:
    good = b'{"count": 1, "features": {"a": [1]}}\n'
    gathering = Gathering(io.BytesIO())
    with Host(200, body=good + line + b"\n" + good).serving() as host, pytest.raises(lines.NotRead):
        gather(host, gathering)
    assert (gathering.rows, gathering.file.tell()) == (1, len(good))


def test_addresses_that_users_name_are_asked_and_no_others(pod: Host) -> None:
    with pytest.raises(click.ClickException, match="a redirect to"):
        stats.asked(pod.url)
    with pytest.raises(click.ClickException, match="a redirect to"):
        correlate.series(pod.url, "up", Span.until(1e9, Duration.parse("1h"), Duration.parse("5m")))


async def test_an_api_server_that_redirects_is_not_followed(pod: Host) -> None:
    connection = Connection(pod.url, ssl.create_default_context(), lambda: "the-admins-token", "ml")
    async with Client(connection) as client:
        with pytest.raises(ClusterError, match="got 30"):
            await client.get(kinds.MODEL_MONITOR, "ml", "churn")
    assert len(pod.asked) == 1
