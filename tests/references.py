"""References for tests: small profiles, and the ConfigMaps that hold them."""

import json
from typing import Any

from modelmonitor.wire import reading
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Profile

Json = dict[str, Any]


def profile(*features: str, rows: int = 10_000, task: Task | None = Task.REGRESSION) -> Profile:
    """Give a reference of numeric features and of predictions, all in ten cells of about equal counts."""

    def column(name: str) -> Column:
        edges = tuple(float(edge) for edge in range(1, 10))
        counts = (rows - 9 * (rows // 10), *(rows // 10 for _ in edges))
        return Column(
            name=name, type=ColumnType.NUMERIC, edges=edges, counts=counts, minimum=0.0, maximum=10.0
        )

    return Profile(
        rows=rows, task=task, columns=tuple(map(column, features)), prediction=column("prediction")
    )


def config_map(found: Profile | str, name: str = "churn-reference", *, labelled: bool = True) -> Json:
    """Give the ConfigMap of a profile, or of a text that is none; labelled as `modelmonitor profile` does."""
    text = found if isinstance(found, str) else json.dumps(reading.write(found))
    labels = {"labels": {"modelmonitor.dev/profile": "0123456789"}} if labelled else {}
    about = {"name": name, **labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {"profile.json": text}}
