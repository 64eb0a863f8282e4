"""The references of the examples, as `modelmonitor profile` writes them from the samples."""

import functools
import tempfile
from collections.abc import Mapping
from pathlib import Path

import sample
from modelmonitor.cli.profiling import output, sources
from modelmonitor.cli.profiling.profiling import profiled
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.terminal import Watching
from modelmonitor.wire.config import Task

EXAMPLES = Path("manifests/examples")
_REFERENCES: Mapping[tuple[str, str, str], Request] = {
    ("churn", "churn-reference", "ml"): Request(
        target="churned",
        prediction="prediction",
        scores={"": "score"},
        positive_class="yes",
        ids=("customer",),
        segments=("plan",),
        groups=("sex",),
    ),
    ("payments", "fraud-reference", "payments"): Request(
        target="fraud",
        scores={"": "score"},
        positive_class="yes",
        decision_threshold=0.1,
        segments=("channel",),
        groups=("age_band",),
        excluded=("age_band",),
    ),
    ("deliveries", "deliveries-reference", "shop"): Request(
        target="minutes", prediction="predicted", segments=("courier",)
    ),
    ("searches", "searches-reference", "shop"): Request(task=Task.RANKING, segments=("device",)),
}
"""What is asked of each sample, the name of its ConfigMap and the namespace."""


@functools.cache
def files() -> dict[Path, functools.partial[str]]:
    """Return the ConfigMaps, by path."""
    return {
        EXAMPLES / f"{name}.yaml": functools.partial(_text, table, name, namespace)
        for table, name, namespace in _REFERENCES
    }


@functools.cache
def _text(table: str, name: str, namespace: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(sample.text(table))
        file.flush()
        with sources.opened(file.name) as source:
            quiet = Watching(source.size, quiet=True)
            found = profiled(_REFERENCES[table, name, namespace], source, quiet)
    return output.config_map(found.profile, output.Place(name, namespace))
