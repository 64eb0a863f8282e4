"""What the platform decides once for all monitors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelmonitor import wire


@dataclass(frozen=True, slots=True)
class Settings:
    """What the platform decides once for all monitors.

    Attributes
    ----------
    grafana_url
        Address of Grafana, for the links in alerts; empty: links are relative to its root.
    runbooks
        Address under which each alert has a page of its own name.
    rule_labels
        Labels by which Prometheus selects rules; a monitor's own labels win.
    folder_annotation
        Annotation from which the dashboard sidecar reads the folder.
    evaluator_image
        Image of the evaluators that are injected; empty: none are.
    evaluator_pull_policy
        When nodes pull it: Always, IfNotPresent or Never.
    """

    grafana_url: str = ""
    runbooks: str = wire.RUNBOOKS
    rule_labels: Mapping[str, str] = field(default_factory=dict)
    folder_annotation: str = "grafana_folder"
    evaluator_image: str = ""
    evaluator_pull_policy: str = "IfNotPresent"
