"""Pods that are created through a real API server, whose webhook leads to a replica on this machine."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from apiserver.replica import Space, eventually
from apiserver.rest import Answer, Json, Rest
from modelmonitor import wire
from modelmonitor.cluster import certificates
from modelmonitor.wire import reading
from modelmonitor.wire.injection import Injection

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
INJECTION = Injection(
    monitor="churn", image="registry/evaluator:1", port="http", config_map="churn-evaluator"
)
MODEL = {"name": "model", "image": "model", "ports": [{"name": "http", "containerPort": 8080}]}


@dataclass
class Pods:
    """A namespace with a monitor's document, and those who create pods in it."""

    space: Space
    port: int = field(default_factory=lambda: 20000 + secrets.randbelow(12000))

    @property
    def arguments(self) -> tuple[str, ...]:
        """Give what an operator has to be started with."""
        url = f"https://127.0.0.1:{self.port}"
        return ("--evaluator-image", INJECTION.image, "--webhook-port", str(self.port), "--webhook-url", url)

    @property
    def name(self) -> str:
        """Give the name of the configuration of an operator whose lease is in this namespace."""
        return f"modelmonitor-{self.space.name}"

    def prepare(self) -> "Pods":
        """Do what the acting replica does for a monitor, and wait until pods can be created."""
        self.put(
            "configmaps", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(reading.write(INJECTION))}
        )
        assert eventually(lambda: self.get("serviceaccounts/default"))
        return self

    def path(self, rest: str) -> str:
        return f"/api/v1/namespaces/{self.space.name}/{rest}"

    def get(self, rest: str) -> Json | None:
        answer = self.space.rest.send("GET", self.path(rest))
        return answer.body if answer.accepted else None

    def put(self, kind: str, name: str, **content: Any) -> None:
        answer = self.space.rest.send("POST", self.path(kind), {"metadata": {"name": name}, **content})
        assert answer.accepted, answer.message

    def create(self, *, monitor: str = "churn", rest: Rest | None = None, **metadata: Any) -> Answer:
        """Create a pod, as a user or a controller does; it asks for the evaluator of a monitor."""
        about = {"name": f"pod-{secrets.token_hex(4)}", "labels": {wire.LABEL_INJECT: monitor}}
        pod = {"metadata": about | metadata, "spec": {"containers": [MODEL]}}
        answer = (rest or self.space.rest).send("POST", self.path("pods"), pod)
        assert answer.accepted, answer.message
        return answer

    def await_injection(self, seconds: float = 30.0) -> None:
        """Wait until pods get their evaluators."""
        assert eventually(lambda: is_injected(self.create()), seconds), self.create().warning

    @property
    def configuration(self) -> Json:
        """Give the webhook's configuration; an empty object while there is none."""
        answer = self.space.rest.send("GET", f"{CONFIGURATIONS}/{self.name}")
        return answer.body if answer.accepted else {}

    @property
    def secret(self) -> Json:
        """Give the Secret of the certificate; an empty object while there is none."""
        return self.get(f"secrets/{certificates.SECRET}") or {}

    @property
    def trusted(self) -> list[str]:
        """Give the certificates that the API server trusts."""
        webhook, *_ = self.configuration.get("webhooks", [{}])
        return certificates.unbundle(webhook.get("clientConfig", {}).get("caBundle", ""))

    def keep(self, pair: certificates.Pair) -> None:
        """Put a certificate of one's own in place of what is there."""
        data = {"tls.crt": pair.certificate, "tls.key": pair.key}
        self.edit({"data": {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}})

    def edit(self, change: Json) -> None:
        """Edit the Secret by hand."""
        path = self.path(f"secrets/{certificates.SECRET}")
        answer = self.space.rest.send("PATCH", path, change, kind="merge-patch+json")
        assert answer.accepted, answer.message


def is_injected(answer: Answer) -> bool:
    """Tell whether the pod that was created has the evaluator as a native sidecar."""
    containers = answer.body["spec"].get("initContainers", [])
    return wire.EVALUATOR in [one["name"] for one in containers]
