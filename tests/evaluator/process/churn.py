"""A monitored model of churn: its config, its reference, and what its callers send."""

import json
from typing import Any

from evaluator.running import Evaluator

PATH = "/v2/models/churn/infer"
EDGES = [30.0, 50.0]
CATEGORIES = ["free", "pro"]
REFERENCE: dict[str, Any] = {
    "rows": 100,
    "task": "BinaryClassification",
    "columns": [
        {
            "name": "age", "type": "Numeric", "edges": EDGES, "counts": [40, 40, 20],
            "minimum": 18.0, "maximum": 90.0,
        },
        {"name": "plan", "type": "Categorical", "categories": CATEGORIES, "counts": [70, 30, 0]},
    ],
    "classes": ["0", "1"],
}  # fmt: skip


def config(**labels: object) -> dict[str, Any]:
    """Say how long labels may take, and where predictions wait for them."""
    return {
        "monitor": "churn",
        "namespace": "ml",
        "model": {"task": "BinaryClassification"},
        "labels": {"maturitySeconds": 3600, **labels},
    }


def body(*ages: object, plan: object = "free") -> dict[str, Any]:
    """Ask for a prediction of each age."""
    return {
        "inputs": [
            {"name": "age", "shape": [len(ages)], "datatype": "FP64", "data": list(ages)},
            {"name": "plan", "shape": [len(ages)], "datatype": "BYTES", "data": [plan] * len(ages)},
        ]
    }


def answer(*scores: float) -> dict[str, Any]:
    """Answer with a score for each row."""
    output = {"name": "score", "shape": [len(scores)], "datatype": "FP64", "data": list(scores)}
    return {"model_name": "churn", "outputs": [output]}


def request(document: object, *headers: str, target: str = PATH) -> bytes:
    """Write a whole request, as it goes over the wire."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = [f"POST {target} HTTP/1.1", "host: churn", f"content-length: {len(content)}", *headers]
    if not any(it.startswith("content-type") for it in headers):
        lines.append("content-type: application/json")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def lost(evaluator: Evaluator) -> dict[str, float]:
    """Return what was lost so far, by reason."""
    found = evaluator.series("events_dropped_total")
    return {dict(labels)["reason"]: count for labels, count in found.items() if count}
