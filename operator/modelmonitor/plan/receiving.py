"""Where senders of labels find the evaluators: one address for all of them."""

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.plan import names, rulefile, scope
from modelmonitor.plan.rulefile import Manifest


def services(monitor: ModelMonitor) -> list[Manifest]:
    """Return the Service of a monitor's evaluators; none without `capture`, or where no truth is waited for.

    It has an address of its own: any evaluator takes any label where they share a store, and there is only
    one where they do not. Pods that asked for an evaluator and began without are not selected. It targets the
    number, for before Kubernetes 1.33 Services overlook the names of sidecars' ports.
    """
    if monitor.spec.capture is None or not scope.is_judged(monitor):
        return []
    port = {
        "name": wire.PORT_NAME_HTTP,
        "port": wire.PORT_HTTP,
        "protocol": "TCP",
        "targetPort": wire.PORT_HTTP,
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": rulefile.metadata(monitor, names.service_object(monitor)),
            "spec": {
                "type": "ClusterIP",
                "selector": {wire.LABEL_EVALUATOR: monitor.name},
                "ports": [port],
            },
        }
    ]
