"""The certificate of the webhook: made, judged, and kept in one Secret that all replicas serve from.

It is signed by itself and may sign no other: the API server trusts exactly the certificates that the
configuration of the webhook lists. Time is an argument everywhere.
"""

import base64
import binascii
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Object

if TYPE_CHECKING:  # cryptography takes 20 MiB, and the acting replica alone needs it
    from cryptography.x509 import Certificate, GeneralName

LIFE = timedelta(days=90)
BEFORE = timedelta(hours=1)
"""How far clocks may be behind ours."""
MOST_TRUSTED = 8
"""Certificates in one bundle: more are left only by replicas that died while they renewed one."""
SECRET = "modelmonitor-webhook"  # noqa: S105 - the name of one
LABELS = {
    "app.kubernetes.io/name": "modelmonitor",
    "app.kubernetes.io/component": "operator",
    "app.kubernetes.io/part-of": "modelmonitor",
}
_CERTIFICATE, _KEY = "tls.crt", "tls.key"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str

    def serves(self, host: str, now: datetime) -> bool:
        """Tell whether a server of this name can use it now."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

        try:
            key = serialization.load_pem_private_key(self.key.encode(), password=None)
        except (TypeError, ValueError):
            return False
        return valid(self.certificate, host, now) and key.public_key() == _load(self.certificate).public_key()

    def due(self, now: datetime) -> bool:
        """Tell whether the last third of the certificate's life has begun."""
        begin, end = _load(self.certificate).not_valid_before_utc, _load(self.certificate).not_valid_after_utc
        return now >= end - (end - begin) / 3


def make(host: str, now: datetime, life: timedelta = LIFE) -> Pair:
    """Make a certificate for one DNS name or IP address, and its key."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SECRET)])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectAlternativeName([_subject(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(purpose, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return Pair(certificate.public_bytes(pem).decode(), text.decode())


def valid(certificate: str, host: str, now: datetime) -> bool:
    """Tell whether a PEM certificate names the host and is within its life; what is none is not."""
    from cryptography import x509  # noqa: PLC0415

    try:
        loaded = _load(certificate)
        names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion):
        return False
    return _subject(host) in names and loaded.not_valid_before_utc <= now < loaded.not_valid_after_utc


def bundle(certificates: Iterable[str]) -> str:
    """Join certificates, each once and in this order, as a caBundle has them: base64 of PEM."""
    text = "".join(list(dict.fromkeys(certificates))[:MOST_TRUSTED])
    return base64.b64encode(text.encode()).decode()


def unbundle(encoded: str) -> list[str]:
    """Take a caBundle apart; what is no certificate in PEM is left out."""
    try:
        text = base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return []
    pieces = [piece.rpartition(_BEGIN) for piece in text.split(_END)[:-1]]
    return [f"{_BEGIN}{content}{_END}\n" for _, begin, content in pieces if begin]


def read(secret: Object | None) -> Pair | None:
    """Return the pair of a Secret; None where there is none. Whether it is usable is another question."""
    data = (secret or {}).get("data") or {}
    try:
        certificate, key = (base64.b64decode(data[name]).decode() for name in (_CERTIFICATE, _KEY))
    except (KeyError, binascii.Error, UnicodeDecodeError):
        return None
    return Pair(certificate, key)


def written(pair: Pair, namespace: str, before: Object | None, owned: Object) -> Object:
    """Return the Secret of a pair: a new one, or that which was seen before, at its version.

    Parameters
    ----------
    owned
        The field `ownerReferences`; empty where nothing owns it.
    """
    about: Object = before["metadata"] if before else {"namespace": namespace, "name": SECRET}
    data = {_CERTIFICATE: pair.certificate, _KEY: pair.key}
    return {
        "apiVersion": kinds.SECRET.api_version,
        "kind": kinds.SECRET.kind,
        "metadata": {**about, "labels": {**about.get("labels", {}), **LABELS}, **owned},
        "type": before["type"] if before else "kubernetes.io/tls",
        "data": {name: base64.b64encode(text.encode()).decode() for name, text in data.items()},
    }


@lru_cache(maxsize=2 * MOST_TRUSTED)
def _load(certificate: str) -> "Certificate":
    from cryptography import x509  # noqa: PLC0415

    return x509.load_pem_x509_certificate(certificate.encode())


def _subject(host: str) -> "GeneralName":
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
