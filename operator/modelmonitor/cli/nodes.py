"""YAML with its lines: documents become plain values, duplicate keys are found, paths lead to lines."""

import re
from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from modelmonitor.errors import Problem

Step = str | int
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_AS_TEXT = {f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value"}  # JSON, and so Kubernetes, has no times
_SCALARS = {f"{_TAG}null", f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float"}
_COLLECTIONS = {f"{_TAG}map", f"{_TAG}seq"}
_STEP = re.compile(
    r"""\.?([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\[(?:'((?:\\.|[^'])*)'|"((?:\\.|[^"])*)")\]"""
)


class Unreadable(Exception):
    """A text is not YAML: what is wrong, and where (counted from 1)."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


def documents(text: str) -> Iterator[yaml.Node | None]:
    """Yield the root node of each document; None for an empty one.

    Raises
    ------
    Unreadable
        At the first place that is not YAML; what stands before it has been yielded.
    """
    try:
        loader = _Loader(text)
        while loader.check_node():
            yield loader.get_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable(f"a syntax error ({error.problem})", line, column) from None
    except yaml.YAMLError as error:  # a character that YAML forbids; only its offset is known
        before = text[: getattr(error, "position", 0)]
        raise Unreadable(
            "a character that YAML forbids", before.count("\n") + 1, len(before) - before.rfind("\n")
        ) from None
    except RecursionError:
        raise Unreadable("brackets nested too deep", 1, 1) from None


class Values:
    """Turns nodes into plain values and remembers what it refused on the way.

    Attributes
    ----------
    problems
        What was refused, with the node that shows where.
    """

    def __init__(self) -> None:
        self.problems: list[tuple[Problem, yaml.Node]] = []
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()
        self._made: dict[int, Any] = {}  # an alias is its anchor's value: nothing grows by being repeated

    def value(self, node: yaml.Node | None, path: str = "") -> Any:
        """Return what a node stands for: mappings, lists, texts, numbers, truth values and nulls."""
        if node is None:
            return None
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.tag in _AS_TEXT else self._scalar(node, path)
        if id(node) not in self._made:
            self._made[id(node)] = self._collection(node, path)
        return self._made[id(node)]

    def _collection(self, node: yaml.Node, path: str) -> Any:
        if node.tag not in _COLLECTIONS:
            return self._tagged(node, path)
        if id(node) in self._open:
            return self._refuse(
                path, "a value that does not contain itself", "an alias of its own parent", node
            )
        self._open.add(id(node))
        made = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._list(node, path)
        self._open.discard(id(node))
        return made

    def _list(self, node: yaml.Node, path: str) -> list[Any]:
        return [self.value(entry, f"{path}[{position}]") for position, entry in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged |= self._merged(value_node, path)
                continue
            key = self.value(key_node, path)
            if not isinstance(key, Hashable):
                self._refuse(path, "keys that are text", "a mapping or a list as a key", key_node)
                continue
            if key in mapping:
                got = f"{key!r} a second time"
                self._refuse(
                    path, "every key once", got, key_node, "remove one: YAML readers keep either of them"
                )
            mapping[key] = self.value(value_node, f"{path}.{key}" if path else str(key))
        return {**merged, **mapping}

    def _merged(self, node: yaml.Node, path: str) -> dict[Any, Any]:
        parts = reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[Any, Any] = {}
        for part in parts:
            if isinstance(value := self.value(part, path), dict):
                merged |= value
            else:
                self._refuse(path, "a mapping after <<", "something else", part)
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: str) -> Any:
        if node.tag not in _SCALARS:
            return self._tagged(node, path)
        if ":" in node.value:  # 1:30 is ninety to YAML 1.1 alone, not to Kubernetes
            return node.value
        try:
            return self._scalars.yaml_constructors[node.tag](self._scalars, node)
        except (ValueError, KeyError):
            return node.value

    def _tagged(self, node: yaml.Node, path: str) -> None:
        self._refuse(path, "plain YAML without tags", f"the tag {node.tag.replace(_TAG, '!!')}", node)

    def _refuse(self, path: str, expected: str, got: str, node: yaml.Node, remedy: str = "") -> None:
        self.problems.append((Problem(path, expected, got, remedy), node))


def line_of(root: yaml.Node | None, path: str) -> int:
    """Return the line, from 1, of what a path names, or of its nearest parent that exists."""
    node, line = root, root.start_mark.line + 1 if root else 1
    for step in steps(path):
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def steps(path: str) -> list[Step]:
    """Cut a path such as `spec.objectives[0].name` or `metadata['a.b']` into keys and positions."""
    return [
        int(position) if position else name or single or double
        for name, position, single, double in _STEP.findall(path)
    ]


def _child(node: yaml.Node | None, step: Step) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        entry = node.value[step]
        return entry.start_mark.line + 1, entry
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key.start_mark.line + 1, value
    return None
