"""Monitors with a status that an operator could have written."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apiserver.replica import Space, monitor
from apiserver.rest import Json

CONDITIONS = {
    "Ready": ("True", "Reconciled", "2 PrometheusRules as planned"),
    "RulesApplied": ("True", "Applied", "1 PrometheusRule"),
    "RulesLoaded": ("True", "Loaded", "every group is loaded, every rule is well"),
    "DataFlowing": ("True", "Flowing", "every objective had events in the last five minutes"),
    "EvaluatorsFailing": ("False", "Counting", "3 evaluators count"),
    "Breached": ("False", "BudgetLeft", "every objective has error budget left"),
}


def ago(**past: float) -> str:
    return (datetime.now(UTC) - timedelta(**past)).strftime("%Y-%m-%dT%H:%M:%SZ")


def conditions(**others: tuple[str, str, str]) -> list[Json]:
    return [
        {"type": name, "status": status, "reason": reason, "message": message,
         "lastTransitionTime": ago(hours=4), "observedGeneration": 1}
        for name, (status, reason, message) in {**CONDITIONS, **others}.items()
    ]  # fmt: skip


def objective(name: str, state: str, **more: Any) -> Json:
    return {"name": name, "state": state, "since": ago(minutes=40), **more}


def drifted(feature: str, value: float, state: str) -> Json:
    found = {"feature": feature, "statistic": "PSI", "value": value, "critical": 0.21, "samples": 5400}
    return {**found, "state": state}


def status(**parts: Any) -> Json:
    """Return the status of a monitor that is well, but for these parts."""
    return {
        "observedGeneration": 1,
        "conditions": conditions(),
        "objectives": [objective("availability", "Met", sli=99.98, budgetRemaining=0.8)],
        "summary": {"health": "Met", "objectives": "1/1", "budget": "80%", "drift": "none"},
        **parts,
    }


def breached() -> Json:
    """Return the status of a monitor of which much is not well, as of now."""
    return status(
        conditions=conditions(
            DataFlowing=("False", "NoLabels", "no mature prediction has a label: accurate"),
            Breached=("True", "BudgetSpent", "the error budget is spent of: availability"),
            LabelsFlowing=(
                "False",
                "NoLabels",
                "no mature prediction has a label; send labels to the evaluators under their ids",
            ),
            RulesLoaded=("Unknown", "Waiting", "Prometheus takes up to two minutes"),
        ),
        objectives=[
            objective("availability", "Breached", sli=99.7, budgetRemaining=-2),
            objective("accurate", "NoData", reason="NoLabels"),
        ],
        drift=[
            drifted("age", 0.62, "Drift"),
            drifted("plan", 0.05, "None"),
        ],
        labels={"coverage": 0.0},
        evaluators={"injected": 2, "pods": 3},
        children=[{"kind": "PrometheusRule", "name": "churn-slo", "hash": "abc123"}],
        summary={"health": "Breached", "objectives": "0/2", "budget": "-200%", "drift": "1 of 2"},
    )  # fmt: skip


def stand(space: Space, name: str = "churn", told: Json | None = None, **spec: Any) -> None:
    """Apply a monitor and report its status, as an operator would."""
    space.apply(monitor(name, **spec))
    if told is not None:
        answer = space.rest.send(
            "PATCH", f"{space.path('ModelMonitor', name)}/status", {"status": told}, kind="merge-patch+json"
        )
        assert answer.accepted, answer.message
