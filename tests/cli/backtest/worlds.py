"""A model that predicts churn, what it was like when it was good, and recordings of what it did later."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelmonitor import api
from modelmonitor.api import ModelMonitor
from modelmonitor.cli.backtesting.columns import Columns
from modelmonitor.cli.backtesting.recording import Recording
from modelmonitor.cli.backtesting.request import Request, Roles, Truth
from modelmonitor.cli.profiling import profiling, sources
from modelmonitor.cli.profiling import request as profile_request
from modelmonitor.plan import evaluation
from modelmonitor.wire.profile import Profile

START = 1_767_225_600.0
"""2026-01-01 00:00 UTC."""
NOW = START + 400 * 86_400
ROLES = Roles(time="time", id="id", scores={"": "score"}, target="churned")
Table = dict[str, np.ndarray]


def monitor(**spec: Any) -> dict[str, Any]:
    """Give a monitor as users write it."""
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": "churn", "namespace": "ml"},
        "spec": {
            "targetRef": {"name": "churn"},
            "model": {"task": "BinaryClassification", "positiveClass": "yes"},
            "reference": {"configMapRef": {"name": "churn-reference"}},
            "labels": {"maturity": "10m"},
            **spec,
        },
    }


def rows(times: np.ndarray, seed: int, shift: Callable[[np.ndarray], np.ndarray] = np.zeros_like) -> Table:
    """Give predictions at these times (seconds after the start); what is asked is shifted by so much."""
    rng = np.random.default_rng(seed)
    age = rng.normal(size=times.size) + shift(times)
    score = 1 / (1 + np.exp(-age))
    churned = np.where(rng.uniform(size=times.size) < score, "yes", "no")
    return {
        "age": age,
        "plan": rng.choice(["basic", "premium"], times.size),
        "score": score,
        "churned": churned.astype(object),
        "time": START + times,
        "id": np.array([f"c{number}" for number in range(times.size)], object),
    }


def steady(hours: float, per_hour: int, seed: int = 0) -> np.ndarray:
    """Give times of traffic that never rests."""
    return np.sort(np.random.default_rng(seed).uniform(0, hours * 3600, int(hours * per_hour)))


def write(path: Path, table: Mapping[str, np.ndarray]) -> Path:
    """Write a table as JSON with one object a line."""
    columns = {name: column.tolist() for name, column in table.items()}
    lines = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def profile(folder: Path, table: Table, **roles: Any) -> Profile:
    """Give the reference of a table."""
    path = write(
        folder / "reference.ndjson", {name: it for name, it in table.items() if name not in ("time", "id")}
    )
    asked = profile_request.Request(
        **{"target": "churned", "scores": {"": "score"}, "positive_class": "yes"} | roles
    )
    with sources.opened(str(path)) as source:
        return profiling.profiled(asked, source, lambda _, chunks: chunks).profile


@dataclass(frozen=True)
class World:
    """A monitor with its reference, and what is replayed."""

    monitor: ModelMonitor
    profile: Profile
    recording: Recording


def world(folder: Path, table: Table, **spec: Any) -> World:
    """Put a world together; the reference is a day of quiet."""
    parsed = api.parse(monitor(**spec))
    known = profile(folder, rows(steady(24, 800, seed=1), seed=2))
    path = write(folder / "recorded.ndjson", table)
    request = Request(data=str(path), roles=ROLES, truth=Truth())
    columns = Columns(evaluation.evaluated(parsed, known), ROLES)
    with sources.opened(str(path)) as source:
        return World(parsed, known, Recording(request, columns, source, None, NOW, 30.0))
