"""A timeline of firing alerts, sent to a real Alertmanager at a pace of the test's own."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from routing.alertmanagers import Alert, Alertmanager


def replay(alertmanager: Alertmanager, minutes: Sequence[Sequence[Mapping[str, str]]], minute: float) -> None:
    """Send at each minute what fires and what has ended, as Prometheus does; how long one takes is given."""
    fires: dict[tuple[tuple[str, str], ...], Alert] = {}
    began = time.monotonic()
    for number, alerts in enumerate(minutes):
        now = {tuple(sorted(labels.items())): dict(labels) for labels in alerts}
        ended = [fires.pop(key).ended() for key in list(fires) if key not in now]
        for key, labels in now.items():
            fires.setdefault(key, Alert(labels, _texts(labels), datetime.now(UTC)))
        if fires or ended:
            alertmanager.post([*fires.values(), *ended])
        time.sleep(max(0.0, began + (number + 1) * minute - time.monotonic()))


def _texts(labels: Mapping[str, str]) -> dict[str, str]:
    return {"summary": labels["alertname"], "description": "as Prometheus told it"}
