"""The API server over HTTP, for tests that ask it hundreds of questions."""

import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cluster.control_plane import ControlPlane

Json = dict[str, Any]

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MONITORS = "/apis/modelmonitor.dev/v1alpha1/namespaces/default/modelmonitors"


@dataclass(frozen=True)
class Answer:
    """What the API server said."""

    code: int
    body: Json
    warning: str = ""

    @property
    def accepted(self) -> bool:
        return self.code < 300

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


@dataclass
class Rest:
    """One kept connection to an API server, as its administrator."""

    control_plane: ControlPlane
    _kept: list[http.client.HTTPSConnection] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None, *, kind: str = "json", **query: str) -> Answer:
        """Send a request, again if the kept connection has been closed meanwhile."""
        try:
            return self._send(method, path, body, kind, query)
        except (http.client.HTTPException, ConnectionError, ssl.SSLEOFError):
            self.close()
            return self._send(method, path, body, kind, query)

    def create(self, path: str, body: Json, *, dry_run: bool = True) -> Answer:
        """Create an object, as `kubectl create --validate=strict` does; by default only ask what would be."""
        asked = {"dryRun": "All"} if dry_run else {}
        return self.send("POST", path, body, fieldValidation="Strict", **asked)

    def apply(self, path: str, body: Json) -> Json:
        """Apply an object server-side, as a GitOps tool does."""
        at = f"{path}/{body['metadata']['name']}"
        query = {"fieldManager": "tests", "fieldValidation": "Strict", "force": "true"}
        answer = self.send("PATCH", at, body, kind="apply-patch+yaml", **query)
        assert answer.accepted, answer.message
        return answer.body

    def define(self, definition: Json) -> None:
        """Apply a CustomResourceDefinition and wait until its objects are served."""
        self.apply(CRDS, definition)
        name, spec = definition["metadata"]["name"], definition["spec"]
        objects = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        deadline = time.monotonic() + 30
        while not (self._established(name) and self.send("GET", objects).accepted):
            assert time.monotonic() < deadline, f"{name} is not served"
            time.sleep(0.05)

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()

    def _established(self, name: str) -> bool:
        conditions = self.send("GET", f"{CRDS}/{name}").body.get("status", {}).get("conditions") or []
        return any(it["type"] == "Established" and it["status"] == "True" for it in conditions)

    def _send(self, method: str, path: str, body: Any, kind: str, query: dict[str, str]) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.control_plane.token}",
            "Content-Type": f"application/{kind}",
        }
        connection = self._connection()
        data = None if body is None else json.dumps(body)
        connection.request(method, f"{path}?{urlencode(query)}", data, headers)
        response = connection.getresponse()
        text = response.read().decode()
        told = response.headers.get("Warning", "")
        return Answer(response.status, json.loads(text) if text.startswith("{") else {"message": text}, told)

    def _connection(self) -> http.client.HTTPSConnection:
        if not self._kept:
            context = ssl.create_default_context(cafile=str(self.control_plane.ca))
            host = urlsplit(self.control_plane.url).netloc
            self._kept.append(http.client.HTTPSConnection(host, context=context, timeout=30))
        return self._kept[0]
