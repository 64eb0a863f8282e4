"""The evaluator's container: a sidecar that needs nothing to start, and may do nothing but listen."""

from modelmonitor import wire
from modelmonitor.plan.injection.ports import Moved
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.config import Mode
from modelmonitor.wire.injection import Injection

FOLDER = "/etc/modelmonitor"
CONFIG, REFERENCE = f"{FOLDER}/{wire.KEY_CONFIG}", f"{FOLDER}/{wire.KEY_PROFILE}"
REDIS, TOKEN = f"{FOLDER}/redis/{wire.KEY_URL}", f"{FOLDER}/labels/{wire.KEY_TOKEN}"
READER_TOKEN = f"{FOLDER}/readers/{wire.KEY_TOKEN}"
USER = 65532
"""The one of the image, said where the pod says root: the image's own would not be asked."""


def container(injection: Injection, spec: Manifest, moved: Moved | None, volume: str) -> Manifest:
    """Return the container, without what tells it the version of the model.

    Parameters
    ----------
    spec
        Of the pod that it is made for.
    volume
        Name of the volume with its files.
    """
    return {
        "name": wire.EVALUATOR,
        "image": injection.image,
        "imagePullPolicy": injection.pull_policy,
        "restartPolicy": "Always",
        "args": _arguments(injection, moved),
        "ports": [{"name": wire.PORT_NAME_HTTP, "containerPort": wire.PORT_HTTP, "protocol": "TCP"}],
        **({"readinessProbe": _readiness()} if injection.mode is Mode.PROXY else {}),
        "resources": _resources(injection, spec),
        "securityContext": _security(spec),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": volume, "mountPath": FOLDER, "readOnly": True}],
    }


def files(injection: Injection, volume: str) -> Manifest:
    """Return the volume of its files; each may be absent, and comes when it is there."""
    sources = [_source("configMap", injection.config_map, CONFIG)]
    if injection.reference:
        sources.append(_source("configMap", injection.reference, REFERENCE))
    if injection.redis_secret:
        sources.append(_source("secret", injection.redis_secret, REDIS))
    if injection.token_secret:
        sources.append(_source("secret", injection.token_secret, TOKEN))
    if injection.reader_secret:
        sources.append(_source("secret", injection.reader_secret, READER_TOKEN))
    return {"name": volume, "projected": {"sources": sources}}


def _source(kind: str, name: str, path: str) -> Manifest:
    item = {"key": path.rpartition("/")[2], "path": path.removeprefix(f"{FOLDER}/")}
    return {kind: {"name": name, "items": [item], "optional": True}}


def _arguments(injection: Injection, moved: Moved | None) -> list[str]:
    given = {
        "config": CONFIG,
        "reference": REFERENCE if injection.reference else "",
        "redis-url-file": REDIS if injection.redis_secret else "",
        "token-file": TOKEN if injection.token_secret else "",
        "reader-token-file": READER_TOKEN if injection.reader_secret else "",
        "upstream": f"localhost:{moved.number}" if moved else "",
        "listen": f"[::]:{wire.PORT_TEE}" if moved else "",
        "http": f"[::]:{wire.PORT_HTTP}",
    }
    return ["evaluator", *(f"--{option}={value}" for option, value in given.items() if value)]


def _readiness() -> Manifest:
    """Return what keeps a pod from being ready before callers can connect: the tee listens when HTTP does."""
    return {
        "httpGet": {"path": wire.PATH_READY, "port": wire.PORT_HTTP},
        "initialDelaySeconds": 1,
        "periodSeconds": 5,
        "timeoutSeconds": 3,
        "failureThreshold": 3,
    }


def _resources(injection: Injection, spec: Manifest) -> Manifest:
    """Return its own resources, without those that the pod counts as a whole: they would not add up."""
    shared = spec.get("resources") or {}
    counted = {name for kind in ("requests", "limits") for name in shared.get(kind) or ()}
    asked = {"requests": injection.requests, "limits": injection.limits}
    own = {kind: {k: v for k, v in wanted.items() if k not in counted} for kind, wanted in asked.items()}
    return {kind: wanted for kind, wanted in own.items() if wanted}


def _security(spec: Manifest) -> Manifest:
    pod_is_root = (spec.get("securityContext") or {}).get("runAsUser") == 0
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
        **({"runAsUser": USER, "runAsGroup": USER} if pod_is_root else {}),
    }
