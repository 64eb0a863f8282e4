"""Keys, client certificates and kubeconfigs of a cluster, made by openssl."""

import base64
import hashlib
import json
import re
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DAYS = "3650"
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_KEY_IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"  # Python 3.13 insists on them


@dataclass(frozen=True)
class Credentials:
    """What a cluster proves identities with, kept in one folder that only its owner can read."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that signs all others, of clients and of the API server."""
        return self.folder / "ca.crt"

    @property
    def service_account_key(self) -> Path:
        """The key that signs the tokens of service accounts."""
        return self.folder / "service-accounts.key"

    @property
    def token_file(self) -> Path:
        """The API server's list of static tokens: one, of the administrator."""
        return self.folder / "tokens.csv"

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self.token_file.read_text().partition(",")[0]

    def create(self) -> None:
        """Make what is absent."""
        if self.token_file.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.service_account_key)
        _openssl("req", "-x509", *_NEW_KEY, "-days", DAYS, "-subj", "/CN=modelmonitor-local",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", self.authority.with_suffix(".key"), "-out", self.authority)  # fmt: skip
        self.token_file.write_text(f'{secrets.token_hex(16)},admin,admin,"system:masters"\n')

    def client(self, user: str, *groups: str) -> tuple[Path, Path]:
        """Give the certificate and the key of a user in these groups, made if absent."""
        subject = "".join(f"/O={_escaped(it)}" for it in groups) + f"/CN={_escaped(user)}"
        return self._issued(file_name(user, *groups), subject, "extendedKeyUsage=clientAuth\n")

    def server(self, name: str, *alternatives: str) -> tuple[Path, Path]:
        """Give the certificate and the key of a server, made if absent; alternatives: `DNS:a`, `IP:b`."""
        extensions = f"extendedKeyUsage=serverAuth\nsubjectAltName={','.join(alternatives)}\n"
        return self._issued(file_name(name, *alternatives), f"/CN={name}", extensions)

    def _issued(self, name: str, subject: str, extensions: str) -> tuple[Path, Path]:
        certificate, key, request, details = (
            self.folder / f"{name}.{it}" for it in ("crt", "key", "csr", "ext")
        )
        if certificate.exists():
            return certificate, key
        details.write_text(f"{extensions}keyUsage=critical,digitalSignature\n{_KEY_IDENTIFIERS}")
        _openssl("req", "-new", *_NEW_KEY, "-subj", subject, "-keyout", key, "-out", request)
        signer = ("-CA", self.authority, "-CAkey", self.authority.with_suffix(".key"))
        serial = ("-set_serial", f"0x{secrets.token_hex(8)}", "-extfile", details)
        _openssl("x509", "-req", "-days", DAYS, "-in", request, "-out", certificate, *signer, *serial)
        request.unlink()
        details.unlink()
        return certificate, key

    def kubeconfig(self, path: Path, url: str, identity: Mapping[str, str]) -> Path:
        """Write a kubeconfig that stands alone."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": {
                "server": url, "certificate-authority-data": encoded(self.authority)}}],
            "users": [{"name": "local", "user": dict(identity)}],
            "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
            "current-context": "local",
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, indent=2))
        return path


def encoded(file: Path) -> str:
    """Give a file's content as base64, as kubeconfigs have it."""
    return base64.b64encode(file.read_bytes()).decode()


def file_name(user: str, *groups: str) -> str:
    """Name the files of a user in these groups.

    >>> file_name("system:kube-proxy")
    'system-kube-proxy-e3b0c442'
    """
    digest = hashlib.sha256("\0".join(groups).encode()).hexdigest()[:8]
    return f"{re.sub('[^a-zA-Z0-9.-]', '-', user)}-{digest}"


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("/", "\\/").replace("+", "\\+")


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
