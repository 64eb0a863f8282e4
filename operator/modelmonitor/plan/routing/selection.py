"""Which Alertmanager takes a monitor's routes: by the labels of the object, and of its namespace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor.plan.injection import selecting


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """An Alertmanager of prometheus-operator, as far as it selects.

    Attributes
    ----------
    configs, namespaces
        The selectors; None: of configs none is selected, of namespaces its own alone.
    """

    namespace: str
    name: str
    configs: Mapping[str, Any] | None
    namespaces: Mapping[str, Any] | None

    @property
    def asks_for_labels(self) -> bool:
        """Whether it tells namespaces apart by their labels."""
        return bool(self.configs is not None and self.namespaces)

    def selects(self, labels: Mapping[str, str], namespace: str, namespace_labels: Mapping[str, str]) -> bool:
        """Tell whether it takes an AlertmanagerConfig with these labels in this namespace."""
        if self.configs is None or not selecting.matches(dict(self.configs), labels):
            return False
        if self.namespaces is None:
            return namespace == self.namespace
        return selecting.matches(dict(self.namespaces), namespace_labels)


def alertmanager(body: Mapping[str, Any]) -> Alertmanager:
    """Read an object of kind Alertmanager."""
    about, spec = body["metadata"], body.get("spec", {})
    return Alertmanager(
        about["namespace"],
        about["name"],
        spec.get("alertmanagerConfigSelector"),
        spec.get("alertmanagerConfigNamespaceSelector"),
    )
