"""Callers of both families reach the evaluator, whatever the cluster gives its pods."""

import socket

import pytest

from modelmonitor import listening
from modelmonitor.plan import injection
from pods import PROXY, pod


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("caller", ["127.0.0.1", "::1"])
def test_all_addresses_are_those_of_both_families(caller: str) -> None:
    with listening.listener("::", 0, 5) as listener:
        socket.create_connection((caller, listener.getsockname()[1]), timeout=10).close()


def test_without_ipv6_it_listens_for_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with listening.listener("::", 0, 5) as listener:
        assert listener.family is socket.AF_INET
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=10).close()


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_one_address_is_that_one(host: str, family: socket.AddressFamily) -> None:
    with listening.listener(host, 0, 5) as listener:
        assert (listener.family, listener.getsockname()[0]) == (family, host)


def test_an_injected_evaluator_listens_at_all_addresses() -> None:
    (*_, sidecar) = injection.inject(pod(), PROXY, "1")["spec"]["initContainers"]
    assert {"--listen=[::]:9465", "--http=[::]:9464"} <= set(sidecar["args"])


def test_an_address_that_is_taken_is_named() -> None:
    with (
        listening.listener("127.0.0.1", 0, 5) as taken,
        pytest.raises(OSError, match=r"in use: 127\.0\.0\.1"),
    ):
        listening.bound(*taken.getsockname())


def test_nobody_is_let_in_before_somebody_listens() -> None:
    with listening.bound("::", 0) as bound, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", bound.getsockname()[1]))
