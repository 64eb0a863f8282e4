"""Names that more than one program must agree on: group, labels, annotations, metrics."""

GROUP = "modelmonitor.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "ModelMonitor"
PLURAL = "modelmonitors"

RUNBOOKS = "https://modelmonitor.dev/runbooks"
"""Where each alert has a page of its own name, unless the platform says otherwise."""

FIELD_MANAGER = "modelmonitor"
LEASE = "modelmonitor"

LABEL_MONITOR = f"{GROUP}/monitor"
ANNOTATION_SUSPEND = f"{GROUP}/suspend"
ANNOTATION_HASH = f"{GROUP}/content-hash"

METRIC_PREFIX = "modelmonitor_"


def child_labels(monitor: str, version: str) -> dict[str, str]:
    """Return the labels of every object that belongs to a monitor."""
    return {
        "app.kubernetes.io/name": "modelmonitor",
        "app.kubernetes.io/instance": monitor,
        "app.kubernetes.io/managed-by": "modelmonitor",
        "app.kubernetes.io/part-of": "modelmonitor",
        "app.kubernetes.io/version": version,
        LABEL_MONITOR: monitor,
    }
