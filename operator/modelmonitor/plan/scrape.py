"""How Prometheus finds the evaluators: a PodMonitor, where a monitor captures."""

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import RulesOutput
from modelmonitor.plan import names, rulefile
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.settings import Settings


def pod_monitors(monitor: ModelMonitor, settings: Settings) -> list[Manifest]:
    """Return the PodMonitor of the evaluators; none without `capture`, or without prometheus-operator.

    It carries the labels by which Prometheus selects rules, for it selects PodMonitors by the same ones. The
    evaluators' own labels win, and pods lend theirs to no series: each would be one more for every change.
    """
    prometheus = monitor.spec.prometheus
    if monitor.spec.capture is None or prometheus.output is not RulesOutput.PROMETHEUS_RULE:
        return []
    about = rulefile.metadata(monitor, names.config_object(monitor))
    about["labels"] = {**settings.rule_labels, **prometheus.labels, **about["labels"]}
    endpoint = {
        "port": wire.PORT_NAME_HTTP,
        "path": wire.PATH_METRICS,
        "interval": str(prometheus.scrape_interval),
        "honorLabels": True,
    }
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PodMonitor",
            "metadata": about,
            "spec": {
                "selector": {"matchLabels": {wire.LABEL_INJECT: monitor.name}},
                "podMetricsEndpoints": [endpoint],
            },
        }
    ]
