"""What a replica serves by: a pair, never a question to a terminal."""

import ssl
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization

from modelmonitor.cluster import certificates
from modelmonitor.cluster.certificates import Pair
from modelmonitor.handlers.admission import loading

MADE = certificates.make("127.0.0.1", datetime.now(UTC))


def encrypted(key: str) -> str:
    loaded = serialization.load_pem_private_key(key.encode(), password=None)
    how = serialization.BestAvailableEncryption(b"secret")
    pem = serialization.PrivateFormat.PKCS8
    return loaded.private_bytes(serialization.Encoding.PEM, pem, how).decode()


def test_a_pair_makes_a_context_to_serve_by() -> None:
    made = loading.context(MADE)
    assert made.get_ca_certs() == []
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "pair",
    [
        Pair("", ""),
        Pair(MADE.certificate, "x"),
        Pair(MADE.certificate, certificates.make("127.0.0.1", datetime.now(UTC)).key),
        Pair(MADE.certificate, encrypted(MADE.key)),
    ],
    ids=["nothing", "no key", "another key", "a key with a password"],
)
def test_what_is_no_pair_is_an_error(pair: Pair) -> None:
    with pytest.raises(ssl.SSLError):
        loading.context(pair)
    assert not pair.serves("127.0.0.1", datetime.now(UTC))
