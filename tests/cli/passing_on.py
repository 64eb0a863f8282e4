"""Stands for an API server: has objects to show, and passes requests on to the ports of pods.

The real one passes nothing on to addresses of this machine itself.
"""

import http.client
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Object = dict[str, Any]


@dataclass
class ApiServer:
    """What is there: objects by the path of their list, and the local port of each port of a pod."""

    objects: Mapping[str, list[Object]]
    ports: Mapping[str, int] = field(default_factory=dict)
    url: str = ""

    def kubeconfig(self, path: Path) -> Path:
        """Write the file by which it is reached, as somebody with a token."""
        cluster = {"name": "here", "cluster": {"server": self.url}}
        user = {"name": "me", "user": {"token": "mine"}}
        context = {"name": "c", "context": {"cluster": "here", "user": "me", "namespace": "ml"}}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                  "clusters": [cluster], "users": [user], "contexts": [context]}  # fmt: skip
        path.write_text(json.dumps(config))
        return path

    def found(self, path: str) -> Object | None:
        """Return a list, or an object of one."""
        if path in self.objects:
            return {"kind": "List", "metadata": {"resourceVersion": "1"}, "items": self.objects[path]}
        folder, _, name = path.rpartition("/")
        return next((it for it in self.objects.get(folder, ()) if it["metadata"]["name"] == name), None)


@contextmanager
def serving(server: ApiServer) -> Iterator[ApiServer]:
    """Serve until the end of the block."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            before, proxied, rest = self.path.partition("/proxy/")
            if proxied:
                self._pass(before.rpartition("/")[2], f"/{rest}")
            elif self.headers["Authorization"] == "Bearer mine" and (found := server.found(path)):
                self._answer(200, found)
            else:
                details = {"name": path.rpartition("/")[2], "kind": path.split("/")[-2]}
                self._answer(404, {"kind": "Status", "message": f"{path} not found", "details": details})

        def _pass(self, pod: str, target: str) -> None:
            own = ("authorization", "host")
            headers = {name: it for name, it in self.headers.items() if name.lower() not in own}
            connection = http.client.HTTPConnection("127.0.0.1", server.ports[pod], timeout=30)
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as answer:
                self.send_response(answer.status)
                self.send_header("Connection", "close")
                self.end_headers()
                while part := answer.read1(65536):
                    self.wfile.write(part)
            connection.close()
            self.close_connection = True

        def _answer(self, status: int, document: Object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing: callers may leave midway."""

    with Server(("127.0.0.1", 0), Handler) as running:
        server.url = f"http://127.0.0.1:{running.server_port}"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield server
        running.shutdown()
