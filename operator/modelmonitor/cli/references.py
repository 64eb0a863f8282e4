"""The references of monitors: found among the given texts, or given by themselves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import click
import yaml

from modelmonitor import plan, wire
from modelmonitor.cli import nodes, sources
from modelmonitor.cli.monitors import Monitors, is_config_map, items
from modelmonitor.cli.places import Finding, Found, Held
from modelmonitor.cli.sources import Source
from modelmonitor.errors import Problem, ReferenceUnusable
from modelmonitor.plan import reference
from modelmonitor.plan.checks.reference import FIELD
from modelmonitor.plan.reference import Wanted
from modelmonitor.wire.profile import Profile


class _Broken(Exception):
    """What stands for a reference cannot be used."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class References:
    """The profiles that monitors name.

    Attributes
    ----------
    given
        What is the reference, whatever the monitor calls it: a ConfigMap or a bare profile.
    """

    read: Monitors
    given: Source | None = None

    @classmethod
    def of(cls, read: Monitors, file: str | None) -> "References":
        """Look among what was read, or into a file.

        Raises
        ------
        click.UsageError
            If there is a file for several monitors.
        """
        if file and len(read.found) > 1:
            raise click.UsageError(f"--reference is the reference of one monitor, got {len(read.found)}")
        return cls(read, sources.read(file) if file else None)

    def examine(self, found: Found) -> Profile | None:
        """Return the profile that a monitor names, and add to the findings what is wrong with either."""
        findings: list[Finding] = []
        profile = None
        try:
            profile = self._profile(found)
            problems = plan.check(found.monitor, profile)
        except _Broken as broken:
            findings += broken.findings
            problems = reference.problems_without(found.monitor)
        findings += map(found.locate, problems)
        self.read.findings += [it for it in findings if it not in self.read.findings]
        return profile

    def _profile(self, found: Found) -> Profile | None:
        wanted = reference.wanted(found.monitor)
        if wanted is None and self.given:
            remedy = "name the ConfigMap that it is in the cluster, with configMapRef"
            problem = Problem("spec.reference", f"a reference, as {self.given.name} is given", "none", remedy)
            raise _Broken(found.locate(problem))
        if wanted is None or (held := self._held(wanted)) is None:
            return None
        try:
            return reference.read(wanted, held.body)
        except ReferenceUnusable as unusable:
            raise _Broken(
                *((found if problem.path == FIELD else held).locate(problem) for problem in unusable.problems)
            ) from None

    def _held(self, wanted: Wanted) -> Held | None:
        """Find the ConfigMap of a name: in the namespace, else one that names none."""
        if self.given:
            return _alone(self.given)
        known = [it for it in self.read.references if it.name == wanted.name]
        known = known or [
            it for text in self.read.beside if wanted.name in text.text for it in _config_maps(text)
        ]
        fitting = [it for it in known if it.name == wanted.name and it.namespace in (wanted.namespace, "")]
        return max(fitting, key=lambda it: bool(it.namespace), default=None)


def _alone(source: Source) -> Held:
    """Return the ConfigMap of a text; a bare profile is put into one."""
    if not source.refusal and source.text.lstrip().startswith("{") and not _is_object(source.text):
        return Held({"metadata": {}, "data": {wire.KEY_PROFILE: source.text}}, source, 1)
    found = list(_config_maps(source))
    if len(found) != 1:
        got = source.refusal or f"{len(found) or 'no'} ConfigMaps"
        remedy = "give the file that `modelmonitor profile` wrote"
        raise _Broken(Finding(source.name, 1, Problem("", "a ConfigMap or a profile", got, remedy)))
    return found[0]


def _is_object(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "kind" in document


def _config_maps(source: Source) -> Iterator[Held]:
    """Yield the ConfigMaps of a text that may be no YAML, up to the first place where it is none."""
    try:
        for root in nodes.documents(source.text):
            yield from _inside(source, root)
    except (nodes.Unreadable, RecursionError):
        return


def _inside(source: Source, root: yaml.Node | None) -> Iterator[Held]:
    for prefix, item in items(nodes.Values().value(root)):
        if is_config_map(item):
            yield Held(item, source, nodes.line_of(root, f"{prefix}data[{wire.KEY_PROFILE!r}]"))
