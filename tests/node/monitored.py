"""Models whose pods an operator gives evaluators, and callers of them."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import network
from modelmonitor import wire
from node import inside, model, operators
from node.inside import eventually
from node.namespaces import Namespace, RefusedError, load

Json = dict[str, Any]


@dataclass(frozen=True)
class Monitored:
    """A namespace that an operator looks after."""

    namespace: Namespace
    folder: Path
    image: str
    """Of the evaluator."""

    def kubectl(self, *arguments: str) -> str:
        return self.namespace.kubectl(*arguments)

    def get(self, *arguments: str) -> Json:
        return dict(json.loads(self.kubectl("get", *arguments, "-o", "json")))

    def condition(self, kind: str, name: str = "churn") -> Json:
        """Return a condition of a monitor; an empty one while there is none."""
        found = self.get("modelmonitors.modelmonitor.dev", name).get("status", {}).get("conditions", [])
        return next((one for one in found if one["type"] == kind), {})

    def injected(self, replicas: int, name: str = "churn", seconds: float = 300.0) -> None:
        """Wait until so many pods of a model have evaluators, and all of them are ready."""

        def all_ready() -> bool:
            pods = self.pods(name)
            return len(pods) == replicas and all(ready(it) and _has_evaluator(it) for it in pods)

        assert eventually(all_ready, seconds), (
            self.condition("EvaluatorsInjected", name),
            self.kubectl("get", "pods"),
        )

    def settled(self, replicas: int, name: str = "churn", seconds: float = 300.0) -> None:
        """Wait until a rollout is over, and no pod of before is left."""
        self.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={seconds:g}s")
        assert eventually(lambda: len(self.pods(name, ending=True)) == replicas, seconds)

    def pods(self, name: str = "churn", *, ending: bool = False) -> list[Json]:
        """Return the pods of a model; with `ending` also those that are about to go."""
        found = self.get("pods", "-l", f"app={name}")["items"]
        return [it for it in found if ending or "deletionTimestamp" not in it["metadata"]]

    def address(self, service: str) -> str:
        """Return the address of a Service."""
        spec = self.get("service", service)["spec"]
        return f"{spec['clusterIP']}:{spec['ports'][0]['port']}"

    def statistics(self, name: str = "churn") -> list[Json]:
        """Return what each evaluator of a model has counted, from its own port."""
        pages = (f"http://{it['status']['podIP']}:{wire.PORT_HTTP}/v1/stats" for it in self.pods(name))
        return [dict(json.loads(within(page))) for page in pages]


_ASK = """
import json, sys, urllib.error, urllib.request
given = json.loads(sys.argv[1])
body = sys.stdin.buffer.read() if given["post"] else None
try:
    request = urllib.request.Request(given["url"], body, given["headers"])
    with urllib.request.urlopen(request, timeout=20) as answer:
        sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {dict(error.headers)} {error.read().decode()}")
except OSError as error:
    sys.exit(f"0 {error}")
"""


def within(url: str, body: bytes | None = None, **headers: str) -> bytes:
    """Fetch a page, or post to it, from within the node's network.

    Raises
    ------
    RefusedError
        With the status (0: none came) and the headers, if it was none of success.
    """
    given = {
        "url": url,
        "post": body is not None,
        "headers": {name.replace("_", "-"): it for name, it in headers.items()},
    }
    command = [*network.ENTER, sys.executable, "-c", _ASK, json.dumps(given)]
    answer = subprocess.run(command, input=body, capture_output=True, check=False)
    if answer.returncode != 0:
        raise RefusedError(answer.stderr.decode())
    return answer.stdout


@contextlib.contextmanager
def operator(namespace: Namespace, folder: Path, *options: str) -> Iterator[Monitored]:
    """Look after a namespace until the end of the block."""
    image = load("evaluator")
    operators.define(namespace)
    with operators.operating(namespace, folder, image, *options):
        yield Monitored(namespace, folder, image)


def reference() -> str:
    """Return the reference of the model, as its ConfigMap has it."""
    return json.dumps(model.REFERENCE)


def apply(here: Monitored, monitor: Json, replicas: int = 1, **environment: str) -> None:
    """Let a model and its monitor be there, with evaluators in its pods."""
    name = monitor["metadata"]["name"]
    here.namespace.apply(
        model.config_map("reference", {wire.KEY_PROFILE: reference()}),
        model.deployment(here.namespace.python, name, replicas, **environment),
        model.service(name),
        monitor,
    )
    here.injected(replicas, name)
    here.settled(replicas, name)


@dataclass
class Told:
    """What callers have seen."""

    sent: int
    failed: list[tuple[int, str]]
    versions: dict[str, int]
    milliseconds: list[float] = field(repr=False)
    seconds: float

    @property
    def answered(self) -> int:
        return sum(self.versions.values())

    def quantile(self, share: float) -> float:
        return self.milliseconds[int(share * (len(self.milliseconds) - 1))]


class Driving:
    """Callers under way."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process, self._output = process, output

    def told(self) -> Told:
        """Wait until all is answered, and return what they saw."""
        assert self._process.wait(timeout=900) == 0
        return Told(**json.loads(self._output.read_text()))

    def stop(self) -> Told:
        """Let them end, and return what they saw."""
        self._process.send_signal(signal.SIGTERM)
        return self.told()


@contextlib.contextmanager
def driving(address: str, folder: Path, *options: str) -> Iterator[Driving]:
    """Ask in the background until the end of the block."""
    output = folder / f"told-{inside.free_port()}.json"
    program = [sys.executable, Path(__file__).parent / "driver.py", address, output, *options]
    with inside.program(program, folder / "driver.log") as process:
        yield Driving(process, output)


def label(
    url: str, items: Sequence[Mapping[str, object]], token: str = "", seconds: float = 120.0
) -> dict[str, str]:
    """Send labels until each is taken; return what became of each id.

    A batch that was refused, and those that are unknown, are sent again for so long; what is unknown then, or
    was never taken, is `unknown`.
    """
    headers = {"content_type": "application/json", "authorization": f"Bearer {token}"}
    left, outcomes = {str(it["id"]): it for it in items}, {str(it["id"]): "unknown" for it in items}

    def sent() -> bool:
        for batch in _batches(list(left.values())):
            try:
                answer = json.loads(within(url, json.dumps(batch).encode(), **headers))
            except RefusedError:
                return False
            for result in answer["results"]:
                if result["outcome"] != "unknown":
                    outcomes[result["id"]] = result["outcome"]
                    del left[result["id"]]
        return not left

    eventually(sent, seconds)
    return outcomes


def _batches(items: list[Mapping[str, object]], size: int = 500) -> Iterator[list[Mapping[str, object]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def ready(pod: Json) -> bool:
    """Tell whether a pod is Ready."""
    conditions = pod["status"].get("conditions", [])
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)


def _has_evaluator(pod: Json) -> bool:
    return any(it["name"] == wire.EVALUATOR for it in pod["spec"].get("initContainers", []))
