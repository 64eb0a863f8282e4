"""What only the plan can tell about a spec: whether everything in it can be measured, and alerts can fire."""

import re
from collections.abc import Iterator

from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem
from modelmonitor.plan import feasibility
from modelmonitor.plan.checks import budget, capture, drift, fairness, quality, queries, reference, windows
from modelmonitor.plan.routing import mute
from modelmonitor.wire.profile import Profile

_LABEL_NAME = re.compile(r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")


def check(monitor: ModelMonitor, profile: Profile | None = None) -> list[Problem]:
    """Return every reason why rules for this monitor would be wrong or dead; empty when it can be planned.

    Parameters
    ----------
    profile
        The reference that the monitor names; without it, that alone is a problem.
    """
    problems = list(_labels(monitor))
    for position, objective in enumerate(monitor.spec.objectives):
        path = f"spec.objectives[{position}]"
        problems += queries.problems(path, objective) or feasibility.problems(path, monitor, objective)
    for position, metric in enumerate(monitor.spec.business):
        problems += queries.business(f"spec.business[{position}]", metric)
    problems += windows.problems(monitor)
    problems += capture.problems(monitor, profile)
    told = len(problems)
    scheme = reference.scheme(monitor, profile, problems)
    if len(problems) == told:  # of a reference that is refused for its size, nobody needs to know the series
        problems += budget.problems(monitor, scheme)
    problems += drift.problems(monitor, scheme)
    problems += quality.problems(monitor, profile)
    problems += fairness.problems(monitor, scheme)
    if monitor.spec.alerts:
        problems += mute.problems(monitor.spec.alerts.mute_times)
    return problems


def _labels(monitor: ModelMonitor) -> Iterator[Problem]:
    for name, value in monitor.spec.prometheus.labels.items():
        if not _LABEL_NAME.match(name) or not _LABEL_VALUE.match(value):
            yield Problem(
                "spec.prometheus.labels", "Kubernetes labels", f"{name}: {value!r}", "correct the label"
            )
