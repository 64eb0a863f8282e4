"""The monitors in the given texts, and everything that is wrong with any of them, each with file and line."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from modelmonitor import api, wire
from modelmonitor.cli import nodes
from modelmonitor.cli.places import Finding, Found, Held, Json
from modelmonitor.cli.sources import Source
from modelmonitor.errors import Problem, SpecInvalid

CONFIG_MAP = "ConfigMap"
_OURS = (wire.KIND, f"{wire.GROUP}/v", wire.KEY_PROFILE)
"""A text without any of these holds no monitor and no reference."""
_LISTS = ("List", f"{wire.KIND}List")


@dataclass(slots=True)
class Monitors:
    """What was found in all texts.

    Attributes
    ----------
    others
        How many objects of each other kind were left out.
    without
        Names of the texts that hold no monitor.
    references
        ConfigMaps with a profile.
    beside
        Texts that speak of ConfigMaps.
    """

    namespace: str = "default"
    found: list[Found] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    without: list[str] = field(default_factory=list)
    references: list[Held] = field(default_factory=list)
    beside: list[Source] = field(default_factory=list)
    texts: int = 0

    def miss_none(self) -> None:
        """Make it a problem if there is no monitor at all: a wrong path would look like good news."""
        if not self.found and not self.findings:
            where = ", ".join(self.without[:3]) or "the given folders"
            problem = Problem("", f"at least one {wire.KIND}", "none", "check the path")
            self.findings.append(Finding(where, 0, problem))

    def held(self) -> int:
        """Return how much of ours was found, good or bad."""
        return len(self.found) + len(self.findings) + len(self.references)

    def objectives(self) -> int:
        """Return how many objectives there are in all monitors."""
        return sum(len(found.monitor.spec.objectives) for found in self.found)


def load(sources: Iterable[Source], namespace: str) -> Monitors:
    """Read the monitors of all texts and look for those that are in each other's way."""
    monitors = Monitors(namespace)
    for source in sources:
        monitors.texts += 1
        before = monitors.held()
        _read(source, monitors)
        if monitors.held() == before:
            monitors.without.append(source.name)
    monitors.findings += _clashes(monitors.found)
    return monitors


def _read(source: Source, monitors: Monitors) -> None:
    if source.refusal:
        problem = Problem("", "a readable file with UTF-8 text", source.refusal)
        monitors.findings.append(Finding(source.name, 1, problem))
    if CONFIG_MAP in source.text:
        monitors.beside.append(source)
    if not any(word in source.text for word in _OURS):
        return  # such as a Helm template, which is no YAML yet
    try:
        for number, root in enumerate(nodes.documents(source.text)):
            if root is not None:
                _document(source, number, root, monitors)
    except nodes.Unreadable as mistake:
        problem = Problem("", "YAML", mistake.reason, "correct the syntax")
        monitors.findings.append(Finding(source.name, mistake.line, problem, column=mistake.column))


def _document(source: Source, number: int, root: yaml.Node, monitors: Monitors) -> None:
    values = nodes.Values()
    try:
        body = values.value(root)
    except RecursionError:
        problem = Problem("", "YAML", "brackets nested too deep")
        monitors.findings.append(Finding(source.name, root.start_mark.line + 1, problem))
        return
    found = items(body)
    for problem, node in values.problems if any(_is_ours(item) for _, item in found) else ():
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        monitors.findings.append(Finding(source.name, line, problem, _title(body, monitors), column))
    for prefix, item in found:
        if _is_monitor(item):
            _monitor(source, number, (root, prefix, item), monitors)
        elif _is_reference(item):
            line = nodes.line_of(root, f"{prefix}data[{wire.KEY_PROFILE!r}]")
            monitors.references.append(Held(item, source, line))
        else:
            monitors.others[_kind(item)] += 1


def _monitor(source: Source, number: int, where: tuple[yaml.Node, str, Json], monitors: Monitors) -> None:
    root, prefix, item = where
    try:
        monitor = api.parse(item, namespace=monitors.namespace)
    except SpecInvalid as invalid:
        for problem in invalid.problems:
            line = nodes.line_of(root, prefix + problem.path)
            monitors.findings.append(Finding(source.name, line, problem, _title(item, monitors)))
        return
    line = nodes.line_of(root, f"{prefix}metadata.name")
    monitors.found.append(Found(monitor, source, number, line, prefix))


def items(body: Any) -> list[tuple[str, Any]]:
    """Return the objects of a document with their path: one, or the items of a list as kubectl prints it."""
    if isinstance(body, dict) and body.get("kind") in _LISTS and isinstance(body.get("items"), list):
        return [(f"items[{position}].", item) for position, item in enumerate(body["items"])]
    return [("", body)]


def _is_monitor(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    return body.get("kind") == wire.KIND or str(body.get("apiVersion")).startswith(f"{wire.GROUP}/")


def is_config_map(body: Any) -> bool:
    """Tell whether an object is a ConfigMap with a name."""
    return _kind(body) == CONFIG_MAP and isinstance(body.get("metadata"), dict)


def _is_reference(body: Any) -> bool:
    data = body.get("data") if is_config_map(body) else None
    return isinstance(data, dict) and wire.KEY_PROFILE in data


def _is_ours(body: Any) -> bool:
    return _is_monitor(body) or _is_reference(body)


def _kind(body: Any) -> str:
    kind = body.get("kind") if isinstance(body, dict) else None
    return kind if isinstance(kind, str) else "no Kubernetes object"


def _title(body: Json, monitors: Monitors) -> str:
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("name"):
        return ""
    return f"{metadata.get('namespace') or monitors.namespace}/{metadata['name']}"


def _clashes(found: Sequence[Found]) -> list[Finding]:
    """Find monitors of one name, and monitors of one workload."""
    names: dict[str, Found] = {}
    targets: dict[str, Found] = {}
    findings = []
    for one in found:
        first = names.setdefault(one.title, one)
        if first is not one:
            got = f"{one.title}, which {first.place} has too"
            problem = Problem(
                "metadata.name", "a name of its own in the namespace", got, "rename or remove one"
            )
            findings.append(one.locate(problem))
            continue
        target = one.monitor.spec.target_ref
        workload = f"{one.monitor.namespace}/{target.name}"
        first = targets.setdefault(f"{target.api_version} {target.kind} {workload}", one)
        if first is not one:
            got = f"{target.kind} {workload}, which {first.title} at {first.place} watches too"
            problem = Problem(
                "spec.targetRef", "a workload of its own", got, "put the objectives into one monitor"
            )
            findings.append(one.locate(problem))
    return findings
