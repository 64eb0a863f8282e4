"""A total outage: no evaluator is scraped any more, or no model answers behind any of them.

Ratios cannot see it: without requests they are no data. One pod of several that is down is no outage.
"""

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import alarms, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import Alert, Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families

REMEMBERED = Duration.parse("7d")
"""How long a model that was up is missed."""
HOLD = Duration.parse("5m")
"""A model that crashes as soon as it listens is one outage: the alert is kept for as long, too."""
_REPLICAS = {
    "Deployment": ("kube_deployment_spec_replicas", "deployment"),
    "StatefulSet": ("kube_statefulset_replicas", "statefulset"),
}
"""Where kube-state-metrics says how many replicas are wanted."""


def memory(scope: Scope) -> Recording:
    """Record 1 while a model listens (or an evaluator that is not in its way is there), 0 while none does.

    It has no sample while no evaluator is scraped: that one was there is in the samples before.
    """
    return Recording(names.MODEL_UP, _up(scope), scope.identity)


def alert(scope: Scope, links: Links) -> Alert:
    """Fire when no model is up that was up within the last days; nobody is missed who is wanted no more."""
    was_up = f"max_over_time({scope.recorded(names.MODEL_UP)}[{REMEMBERED}]) > 0"
    terms = [f"({was_up})", f"({_up(scope)} > 0)", *_wanted_no_more(scope)]
    evaluators = f"query `count({scope.counted(families.INFO)})`"
    description = (
        f"{{{{ with {evaluators} }}}}{{{{ . | first | value }}}} evaluators are scraped, and behind none of "
        "them does the model's port accept connections.{{ else }}No evaluator of this monitor is scraped any "
        "more: its pods are gone, or Prometheus cannot reach them.{{ end }} Objectives over requests cannot "
        f"see this. It is told for {REMEMBERED} at the most."
    )
    alarm = Alarm(
        names.TARGET_DOWN_ALERT,
        Severity.CRITICAL,
        "\nunless on () ".join(terms),
        "the model is down on every pod",
        description,
        HOLD,
        keep=HOLD,
    )
    return alarms.alert(scope, links, alarm)


def _up(scope: Scope) -> str:
    return f"(max({scope.counted(families.MODEL_UP)}) or max({scope.counted(families.INFO)}))"


def _wanted_no_more(scope: Scope) -> list[str]:
    """Return what is true when the target is scaled to zero; nothing where no metric tells."""
    target = scope.monitor.spec.target_ref
    if target.kind not in _REPLICAS:
        return []
    metric, label = _REPLICAS[target.kind]
    wanted = promql.selector(metric, {names.NAMESPACE: scope.monitor.namespace, label: target.name})
    return [f"({wanted} == 0)"]
