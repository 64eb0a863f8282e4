"""Groups of rules become objects: PrometheusRules, ConfigMaps, or a plain rule file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from modelmonitor import __version__, wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import RulesOutput
from modelmonitor.plan import names
from modelmonitor.plan.rules import Group
from modelmonitor.plan.yamltext import to_yaml

__all__ = ["Manifest", "metadata", "plain", "rule_objects", "to_yaml"]

Manifest = dict[str, Any]

MOST_BYTES = 480 * 1024
"""Of one object, a little below the 512 KiB at which prometheus-operator would have to split it."""

_REST_OF_A_RULE = 1000
"""More bytes than the names and labels of any rule take."""


def metadata(monitor: ModelMonitor, name: str) -> Manifest:
    """Return the metadata of a child."""
    return {
        "name": name,
        "namespace": monitor.namespace,
        "labels": wire.child_labels(monitor.name, __version__),
    }


def rule_objects(
    monitor: ModelMonitor, part: str, groups: Mapping[str, Sequence[Group]], labels: Mapping[str, str]
) -> list[Manifest]:
    """Pack the groups of each objective (or subject) into as few objects of a part as the size allows.

    An objective is never moved by what others do until the objects must be split; then their number
    doubles and its object follows from its name alone. A moved alert starts its waiting time anew, so
    this is rare on purpose.
    """
    shards = 1
    while True:
        packed = _pack(groups, shards)
        if shards >= 64 or all(map(_fits, packed.values())):
            return [
                _object(monitor, names.rules_object(monitor, part, shard), rules, labels)
                for shard, rules in sorted(packed.items())
            ]
        shards *= 2


def _fits(groups: list[Manifest]) -> bool:
    """Tell whether groups fit into one object; measured only when a generous estimate does not settle it."""
    rules = [rule for group in groups for rule in group["rules"]]
    texts = sum(len(rule["expr"]) + sum(map(len, rule.get("annotations", {}).values())) for rule in rules)
    return 2 * texts + _REST_OF_A_RULE * len(rules) <= MOST_BYTES or len(json.dumps(groups)) <= MOST_BYTES


def plain(groups: Sequence[Group]) -> Manifest:
    """Return the content of a rule file for Prometheus without an operator."""
    return {"groups": [group.to_dict() for group in groups]}


def _pack(groups: Mapping[str, Sequence[Group]], shards: int) -> dict[int, list[Manifest]]:
    packed: dict[int, list[Manifest]] = {}
    for objective, its_groups in groups.items():
        shard = int.from_bytes(hashlib.sha256(objective.encode()).digest()[:4]) % shards
        packed.setdefault(shard, []).extend(group.to_dict() for group in its_groups)
    return packed


def _object(monitor: ModelMonitor, name: str, rules: list[Manifest], labels: Mapping[str, str]) -> Manifest:
    about = metadata(monitor, name)
    about["labels"] = {**labels, **monitor.spec.prometheus.labels, **about["labels"]}
    if monitor.spec.prometheus.output is RulesOutput.CONFIG_MAP:
        key = f"{monitor.namespace}-{name}.rules.yaml"
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": about,
            "data": {key: to_yaml({"groups": rules})},
        }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": about,
        "spec": {"groups": rules},
    }
