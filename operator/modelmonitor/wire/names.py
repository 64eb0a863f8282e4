"""Names that more than one program must agree on: group, labels, annotations, ports, paths."""

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
LABEL_PROFILE = f"{GROUP}/profile"
"""On the ConfigMap of a reference; its changes are noticed at once."""
ANNOTATION_SUSPEND = f"{GROUP}/suspend"
ANNOTATION_HASH = f"{GROUP}/content-hash"

METRIC_PREFIX = "modelmonitor_"
OTHER = "__other__"
"""Stands for every category, class, segment or group that was not declared."""
FEATURE_PREDICTION, FEATURE_SCORE = "@prediction", "@score"
"""The names under which the prediction and its score are monitored like features."""

PORT_HTTP, PORT_TEE = 9464, 9465
PATH_METRICS, PATH_HEALTH, PATH_READY = "/metrics", "/healthz", "/readyz"
PATH_EVENTS, PATH_LABELS, PATH_STATS = "/v1/events", "/v1/labels", "/v1/stats"
KEY_CONFIG, KEY_PROFILE = "config.json", "profile.json"
"""Keys of the ConfigMaps that hold the evaluator's config and the reference profile."""


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
