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
LABEL_INJECT = f"{GROUP}/inject"
"""On a pod template: the monitor whose evaluator its pods get. Written by us, or by the team itself."""
LABEL_MONITORED_BY = f"{GROUP}/monitored-by"
"""On a workload: the monitor that labelled its pod template; by it what a missed delete left is found."""
LABEL_EVALUATOR = f"{GROUP}/evaluator"
"""On a pod that has an evaluator: the monitor that it is for. By it senders of labels find it."""
LABEL_TRIAL = f"{GROUP}/trial"
"""On an object that is never stored: whether the API server has asked our webhook about it."""
LABEL_VERSION = f"{GROUP}/version"
"""On a pod: the hash of its template without our keys."""
ANNOTATION_INJECTION = f"{GROUP}/injection"
"""On a pod template: the hash of what needs a restart."""
ANNOTATION_SUSPEND = f"{GROUP}/suspend"
ANNOTATION_HASH = f"{GROUP}/content-hash"

METRIC_PREFIX = "modelmonitor_"
OTHER = "__other__"
"""Stands for every category, class, segment or group that was not declared."""
FEATURE_PREDICTION, FEATURE_SCORE = "@prediction", "@score"
"""The names under which the prediction and its score are monitored like features."""

EVALUATOR = "modelmonitor-evaluator"
"""The evaluator's container in a pod."""
PORT_NAME_HTTP = "mm-http"
PORT_HTTP, PORT_TEE = 9464, 9465
PATH_METRICS, PATH_HEALTH, PATH_READY = "/metrics", "/healthz", "/readyz"
PATH_EVENTS, PATH_LABELS, PATH_STATS = "/v1/events", "/v1/labels", "/v1/stats"
PATH_CAPTURED = "/v1/captured"
"""Where holders of the token read along what is captured."""
KEY_CONFIG, KEY_PROFILE, KEY_INJECTION = "config.json", "profile.json", "injection.json"
"""Keys of ConfigMaps: the evaluator's config, the reference profile, and what is to be injected."""
HEADER_OF_SENDERS = "x-modelmonitor-token"
"""Carries our token (of senders of labels, of who reads along) where an API server takes the usual header."""
KEY_URL, KEY_TOKEN = "url", "token"
"""Keys of the Secrets with the address of a Redis and with the token of those who send labels."""


def config_map(monitor: str) -> str:
    """Return the name of the ConfigMap with the config of a monitor's evaluators and what is injected."""
    return f"{monitor}-evaluator"


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
