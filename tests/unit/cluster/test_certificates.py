"""When a certificate serves, when it is due, and what is read of Secrets and bundles that others edited."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from modelmonitor.cluster import certificates
from modelmonitor.cluster.certificates import BEFORE, LIFE, Pair

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOST = "modelmonitor-webhook.modelmonitor-system.svc"
MADE = certificates.make(HOST, NOW)
OWNED = {"ownerReferences": [{"uid": "of a role"}]}
OTHER = certificates.make(HOST, NOW)


@pytest.mark.parametrize(
    ("later", "serves", "due"),
    [
        (-BEFORE - timedelta(seconds=1), False, False),
        (-BEFORE, True, False),
        (LIFE * 0.66, True, False),
        (LIFE * 0.67, True, True),
        (LIFE - timedelta(seconds=1), True, True),
        (LIFE, False, True),
    ],
)
def test_a_certificate_serves_for_90_days_and_is_due_in_the_last_third(
    later: timedelta, serves: bool, due: bool
) -> None:
    assert MADE.serves(HOST, NOW + later) is serves
    assert MADE.due(NOW + later) is due


@pytest.mark.parametrize("host", ["10.244.0.1", "::1", "operator.example.com"])
def test_it_serves_the_host_that_it_was_made_for_and_no_other(host: str) -> None:
    made = certificates.make(host, NOW)
    assert made.serves(host, NOW)
    assert not made.serves(HOST, NOW)
    assert not MADE.serves(host, NOW)


@pytest.mark.parametrize(
    "pair",
    [
        Pair(MADE.certificate, OTHER.key),
        Pair(MADE.certificate, ""),
        Pair("", MADE.key),
        Pair(MADE.certificate[:300], MADE.key),
        Pair(MADE.key, MADE.certificate),
        Pair(MADE.certificate.replace("M", "N", 5), MADE.key),
    ],
)
def test_a_broken_pair_serves_nobody(pair: Pair) -> None:
    assert not pair.serves(HOST, NOW)


def test_a_secret_holds_what_was_written_and_keeps_what_others_added() -> None:
    new = certificates.written(MADE, "system", None, {})
    assert certificates.read(new) == MADE
    assert new["type"] == "kubernetes.io/tls"
    about = {"namespace": "system", "name": "n", "uid": "u", "resourceVersion": "7", "labels": {"team": "ml"}}
    before = {"metadata": about, "type": "Opaque", "data": {"x": "eA=="}}
    again = certificates.written(OTHER, "system", before, OWNED)
    assert certificates.read(again) == OTHER
    assert again["type"] == "Opaque"
    assert again["metadata"] == {**about, "labels": {"team": "ml", **certificates.LABELS}, **OWNED}


@pytest.mark.parametrize("data", [None, {}, {"tls.crt": "eA=="}, {"tls.crt": "x", "tls.key": "eA=="},
                                  {"tls.crt": "/w==", "tls.key": "eA=="}])  # fmt: skip
def test_a_secret_without_a_pair_holds_none(data: dict[str, str] | None) -> None:
    assert certificates.read({"data": data}) is None
    assert certificates.read(None) is None


def test_a_bundle_has_each_certificate_once_in_the_order_given_and_not_too_many() -> None:
    bundled = certificates.bundle([MADE.certificate, OTHER.certificate, MADE.certificate])
    assert certificates.unbundle(bundled) == [MADE.certificate, OTHER.certificate]
    many = [f"{MADE.certificate}{'#' * number}\n" for number in range(20)]
    assert len(certificates.unbundle(certificates.bundle(many))) == certificates.MOST_TRUSTED


@pytest.mark.parametrize(
    "text", ["", "nonsense", MADE.certificate[30:], "-----END CERTIFICATE-----\n", MADE.certificate[:-30]]
)
def test_what_is_no_certificate_is_left_out_of_a_bundle(text: str) -> None:
    encoded = base64.b64encode(f"{OTHER.certificate}{text}".encode()).decode()
    assert certificates.unbundle(encoded)[0] == OTHER.certificate
    assert [one for one in certificates.unbundle(encoded) if certificates.valid(one, HOST, NOW)] == [
        OTHER.certificate
    ]
    assert certificates.unbundle("?") == []
