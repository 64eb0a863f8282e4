"""The API server of the local node calls webhooks in its pods, by the name of their Service."""

import base64
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from node.namespaces import Namespace, RefusedError, deployment, service

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="minutes: the story is short"),
]

REFUSE = """
import http.server, json, pathlib, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        refused = {'allowed': False, 'status': {'message': 'not today'}}
        review['response'] = {'uid': review['request']['uid'], **refused}
        answer = json.dumps(review).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
pathlib.Path('/tmp/pair.pem').write_text(PAIR)
server = http.server.HTTPServer(('', 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('/tmp/pair.pem')
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def certificate(folder: Path, name: str) -> tuple[str, str]:
    """Give a certificate that signs itself for this name, and its key."""
    key, crt = folder / "tls.key", folder / "tls.crt"
    new = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(crt),
    ]
    names = ["-subj", "/CN=webhook", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(["openssl", "req", "-x509", "-days", "1", *new, *names], check=True, capture_output=True)
    return crt.read_text(), key.read_text()


def configuration(namespace: Namespace, authority: str) -> dict[str, object]:
    reference = {"name": "webhook", "namespace": namespace.name, "port": 443}
    hook = {
        "name": "webhook.modelmonitor.test",
        "clientConfig": {"service": reference, "caBundle": base64.b64encode(authority.encode()).decode()},
        "rules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
        ],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
    }
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    return {**kind, "metadata": {"name": namespace.name}, "webhooks": [hook]}


def refusal(namespace: Namespace) -> str:
    try:
        return namespace.kubectl("create", "configmap", "anything", "--dry-run=server")
    except RefusedError as refused:
        return str(refused)


def test_a_webhook_in_a_pod_is_asked_by_the_api_server(namespace: Namespace, tmp_path: Path) -> None:
    crt, key = certificate(tmp_path, f"webhook.{namespace.name}.svc")
    program = f"PAIR = {json.dumps(crt + key)}\n{REFUSE}"
    namespace.apply(
        deployment(namespace.python, "webhook", program, replicas=1), service("webhook", 443, 8443)
    )
    namespace.kubectl("rollout", "status", "deployment/webhook", "--timeout=60s")
    namespace.apply(configuration(namespace, crt))
    try:
        deadline = time.monotonic() + 20
        while "not today" not in (got := refusal(namespace)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert 'admission webhook "webhook.modelmonitor.test" denied the request: not today' in got
    finally:
        namespace.kubectl("delete", "validatingwebhookconfiguration", namespace.name)
