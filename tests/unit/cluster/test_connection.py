"""How the operator finds its API server and who it is there."""

import json
import subprocess
from pathlib import Path

import pytest

from modelmonitor.cluster.connection import RotatingToken, connect, in_cluster
from modelmonitor.errors import Unreachable


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A service account as the kubelet mounts it."""
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "namespace").write_text("monitoring")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=test", "-keyout", tmp_path / "ca.key", "-out", tmp_path / "ca.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    return tmp_path


def test_a_pod_is_who_its_service_account_is(account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    found = in_cluster(account)
    assert (found.server, found.namespace) == ("https://[fd00::1]:443", "monitoring")
    assert found.headers() == {"Authorization": "Bearer first"}
    assert len(found.tls.get_ca_certs()) == 1


def test_outside_of_a_pod_a_service_account_is_of_no_use(
    account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(Unreachable, match="run as a pod"):
        in_cluster(account)


def test_a_rotated_token_is_used_after_a_minute(tmp_path: Path) -> None:
    file, now = tmp_path / "token", [1000.0]
    file.write_text("first")
    token = RotatingToken(file, lambda: now[0])
    assert token() == "first"
    file.write_text("second")
    now[0] += 59
    assert token() == "first"
    now[0] += 1
    assert token() == "second"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "a: [",
        "just text",
        "- 1",
        "\xff",
        "contexts:\ncurrent-context: a",
        "clusters: 1\ncurrent-context: a",
    ],
)
def test_a_file_that_is_no_kubeconfig_is_said_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_bytes(text.encode("latin-1"))
    with pytest.raises(Unreachable, match=r"kubeconfig: expected a usable one, got: .*; give --kubeconfig"):
        connect(str(tmp_path / "config"))


def test_a_certificate_that_is_none_is_said_with_the_remedy(tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1", "certificate-authority-data": "bm9uZQ=="}
    body = {
        "clusters": [{"name": "a", "cluster": cluster}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "users": [{"name": "a", "user": {"token": "t"}}],
        "current-context": "a",
    }
    (tmp_path / "config").write_text(json.dumps(body))
    with pytest.raises(Unreachable, match=r"certificate.*; give --kubeconfig"):
        connect(str(tmp_path / "config"))


def test_a_missing_kubeconfig_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="give --kubeconfig"):
        connect(str(tmp_path / "absent"))
