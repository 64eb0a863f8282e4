"""What is added to the pods of a model: written by the acting replica, read by every webhook."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from modelmonitor.errors import Problem
from modelmonitor.wire import reading
from modelmonitor.wire.config import Mode, digest
from modelmonitor.wire.quantity import amount

_OBJECT = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"), "the name of an object"
_FORMS = {
    "image": (re.compile(r"\S+"), "an image"),
    "pull_policy": (re.compile("Always|IfNotPresent|Never"), "Always, IfNotPresent or Never"),
    "config_map": _OBJECT,
    "reference": _OBJECT,
    "redis_secret": _OBJECT,
    "token_secret": _OBJECT,
    "reader_secret": _OBJECT,
}
_OPTIONAL = {"reference", "redis_secret", "token_secret", "reader_secret"}
RESOURCES = ("cpu", "memory", "ephemeral-storage")
"""That an evaluator has a use for; others have rules of their own."""
_QUANTITY = re.compile(r"[0-9]+([.][0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?")
NEEDS_NO_RESTART = frozenset({"image", "pullPolicy", "pullSecrets", "stopped"})
"""A new image comes with the next rollout: no pod is restarted for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One monitor's evaluator as a container; in the ConfigMap of its config, key `injection.json`."""

    monitor: str
    """Name of the monitor; pods of its namespace that carry it as their label `inject` are changed."""
    image: str
    """The evaluator's image."""
    pull_policy: str = "IfNotPresent"
    """When to pull it."""
    mode: Mode = Mode.PROXY
    """Proxy moves the port to the evaluator; the others add the container and leave ports alone."""
    port: str = ""
    """Name of the container port that moves; empty where none does."""
    requests: dict[str, str] = field(default_factory=dict)
    """Resources that the container asks for."""
    limits: dict[str, str] = field(default_factory=dict)
    """Resources that it may have."""
    config_map: str = ""
    """ConfigMap of the evaluator's config, mounted as optional."""
    reference: str = ""
    """ConfigMap of the reference, mounted as optional; empty: there is none."""
    redis_secret: str = ""
    """Secret with the address of the Redis, mounted as optional; empty: labels wait in memory."""
    token_secret: str = ""
    """Secret with the token of senders of labels, mounted as optional; empty: anybody may send."""
    reader_secret: str = ""
    """Secret with the token of who reads along, mounted as optional; empty: that of senders, if any."""
    stopped: str = ""
    """Why pods get no evaluator for now; empty: they get one."""

    def problems(self) -> Iterator[Problem]:
        """Find what would make a pod that the API server refuses: a model that does not start."""
        for name, (form, expected) in _FORMS.items():
            value = getattr(self, name)
            if not form.fullmatch(value) and (value or name not in _OPTIONAL):
                yield Problem(reading.camel(name), expected, repr(value)[:60])
        for where, quantities in (("requests", self.requests), ("limits", self.limits)):
            for name, value in quantities.items():
                if not (name in RESOURCES and _QUANTITY.fullmatch(value)):
                    yield Problem(where, "resources and their quantities", f"{name}: {value}"[:60])
                elif where == "requests" and not self._is_within_limit(name):
                    yield Problem(where, "at most the limits", f"{name}: {value}"[:60])

    def _is_within_limit(self, name: str) -> bool:
        limit = self.limits.get(name, "")
        return not _QUANTITY.fullmatch(limit) or amount(self.requests[name]) <= amount(limit)

    @property
    def hash(self) -> str:
        """Hash of what needs a restart of the pods, 10 hexadecimal digits."""
        document = reading.write(self)
        return digest({name: it for name, it in document.items() if name not in NEEDS_NO_RESTART})
