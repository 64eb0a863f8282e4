"""A model in pods: what it answers follows from the request, and it ends as well-behaved servers do.

`PROGRAM` needs Python only. Its answer to age a is the score a / 100; the header `x-model-version` has its
`VERSION`. On SIGTERM it serves on for `LINGER` seconds, until no Service leads to it any more, asking callers
to leave.
"""

import textwrap
from collections.abc import Mapping
from typing import Any

from modelmonitor.wire.config import Task

PATH = "/v2/models/churn/infer"
PORT = 8080
TOKEN = "s3cret"
"""Of those who may send labels."""
PROGRAM = textwrap.dedent("""
    import asyncio, json, os, re, signal
    LENGTH = re.compile(rb"content-length: (\\d+)", re.IGNORECASE)
    VERSION, LINGER = os.environ.get("VERSION", "1"), float(os.environ.get("LINGER", "3"))
    leaving, clients = False, set()

    class Client(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport, self.data = transport, b""
            clients.add(self)

        def connection_lost(self, _):
            clients.discard(self)

        def data_received(self, data):
            self.data += data
            while b"\\r\\n\\r\\n" in self.data:
                head, _, rest = self.data.partition(b"\\r\\n\\r\\n")
                found = LENGTH.search(head)
                length = int(found[1]) if found else 0
                if len(rest) < length:
                    return
                self.data = rest[length:]
                self.answer(head, rest[:length])

        def answer(self, head, body):
            status, document = b"200 OK", {}
            if head.startswith(b"POST"):
                try:
                    age = json.loads(body)["inputs"][0]["data"][0]
                    scores = {"name": "score", "shape": [1], "datatype": "FP64", "data": [age / 100]}
                    document = {"model_name": "churn", "outputs": [scores]}
                except (ValueError, KeyError, TypeError):
                    status = b"400 Bad Request"
            content = json.dumps(document).encode()
            lines = [b"HTTP/1.1 " + status, b"content-type: application/json",
                     b"x-model-version: " + VERSION.encode(), b"content-length: %d" % len(content)]
            lines += [b"connection: close"] if leaving else []
            self.transport.write(b"\\r\\n".join(lines) + b"\\r\\n\\r\\n" + content)
            if leaving:
                self.transport.close()

    async def main():
        global leaving
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        server = await loop.create_server(Client, "0.0.0.0", 8080, backlog=2048)
        await stop.wait()
        leaving = True
        await asyncio.sleep(LINGER)
        server.close()
        for client in list(clients):
            client.transport.close()

    asyncio.run(main())
""")
REFERENCE: dict[str, Any] = {
    "rows": 100,
    "task": Task.BINARY.value,
    "columns": [
        {
            "name": "age", "type": "Numeric", "edges": [30.0, 50.0], "counts": [30, 20, 50],
            "minimum": 0.0, "maximum": 99.0,
        },
        {"name": "plan", "type": "Categorical", "categories": ["free", "pro"], "counts": [34, 66, 0]},
    ],
    "classes": ["0", "1"],
}  # fmt: skip


def actual(number: int) -> str:
    """Return the truth of a request: what was predicted, but for every tenth."""
    predicted = number % 100 >= 50
    return "1" if predicted != (number % 10 == 0) else "0"


def deployment(image: str, name: str = "churn", replicas: int = 1, **environment: str) -> dict[str, Any]:
    """Return a Deployment of the model, whose rollouts take no pod away before another is ready."""
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1, "failureThreshold": 3}
    container = {
        "name": "model",
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["python3", "-u", "-c", PROGRAM],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": probe,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "96Mi"}},
    }
    labels = {"app": name}
    pod = {"terminationGracePeriodSeconds": 20, "containers": [container]}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str = "churn") -> dict[str, Any]:
    """Return the Service of the model, by the name of the port."""
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def monitor(name: str = "churn", **spec: object) -> dict[str, Any]:
    """Return a monitor of the model."""
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": name},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "model": {"task": Task.BINARY.value, "positiveClass": "1"},
            "reference": {"configMapRef": {"name": "reference"}},
            **spec,
        },
    }


def config_map(name: str, content: Mapping[str, str]) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": dict(content)}


def secret(name: str, **content: str) -> dict[str, Any]:
    """Return a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}


def labels_in_redis(maturity: float) -> dict[str, Any]:
    """Return what a monitor says of predictions that wait in a Redis of all replicas."""
    store = {"redis": {"secretRef": {"name": "churn-redis"}}}
    labels = {"maturity": f"{maturity:g}s", "store": store, "tokenSecretRef": {"name": "senders"}}
    return {"capture": {"mode": "Proxy"}, "labels": labels}


def labels(number: int, prefix: str = "p-") -> list[dict[str, Any]]:
    """Return the truth of so many requests of a driver with this prefix."""
    return [{"id": f"{prefix}{it}", "actual": actual(it)} for it in range(number)]
