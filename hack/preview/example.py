"""The monitor of the preview, its reference, and its plan."""

from functools import cache
from pathlib import Path

import yaml

from modelmonitor import plan as planning
from modelmonitor.api import parse
from modelmonitor.plan import reference
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.profile import Profile

_REFERENCE = Path(__file__).parents[2] / "manifests" / "examples" / "churn-reference.yaml"
MONITOR = parse(yaml.safe_load((Path(__file__).parent / "monitor.yaml").read_text()))


@cache
def profile() -> Profile:
    """Return the reference, which the guide's sample was profiled into."""
    wanted = reference.wanted(MONITOR)
    if wanted is None:
        raise RuntimeError("monitor.yaml: expected a reference, got none")
    return reference.read(wanted, yaml.safe_load(_REFERENCE.read_text()))


@cache
def planned() -> planning.Plan:
    """Return what becomes of the monitor."""
    return planning.plan(MONITOR, profile=profile())


@cache
def scope() -> Scope:
    """Return the monitor held against its reference."""
    return Scope.of(MONITOR, profile())
