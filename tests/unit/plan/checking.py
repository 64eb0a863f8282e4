"""Monitors with a reference, and what a plan has against them."""

from typing import Any

from modelmonitor import api, plan
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Profile
from monitors import monitor, objective
from profiles import profile

MODELS = {
    Task.BINARY: {"task": "BinaryClassification", "positiveClass": "yes"},
    Task.MULTICLASS: {"task": "MulticlassClassification", "positiveClass": "b"},
    Task.REGRESSION: {"task": "Regression"},
    Task.RANKING: {"task": "Ranking"},
}
FAIR = {"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8}


def of(task: Task = Task.BINARY, *, model: dict[str, Any] | None = None, **spec: Any) -> api.ModelMonitor:
    """Give a monitor with a reference."""
    whole = {"reference": {"configMapRef": {"name": "churn-reference"}}, **spec}
    return api.parse(monitor(model=MODELS[task] | (model or {}), **whole))


def problems(parsed: api.ModelMonitor, reference: Profile | None) -> list[str]:
    return [str(problem) for problem in plan.check(parsed, reference)]


def refused(parsed: api.ModelMonitor, reference: Profile | None = None) -> str:
    task = parsed.spec.model.task
    found = problems(parsed, reference or (profile(task) if parsed.spec.reference else None))
    assert len(found) == 1, found
    return found[0]


def sli(**fields: Any) -> list[dict[str, Any]]:
    return [objective(objective=95, sli=fields)]
