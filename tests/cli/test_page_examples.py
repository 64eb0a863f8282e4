"""Configs, manifests and Python in the pages for users are such as the programs take."""

import asyncio
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelmonitor import api, plan, wire
from modelmonitor.cli import monitors, sources
from modelmonitor.cli.references import References
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.evaluator.join.store import LabelOutcome
from modelmonitor.wire import reading
from modelmonitor.wire.config import EvaluatorConfig, Mode, Protocol, StoreKind, Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.profile import Profile, Slice
from modelmonitor.wire.scheme import scheme

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "evaluator.md").read_text()
NOWHERE = "http://127.0.0.1:1"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


CONFIGS = [json.loads(block) for block in blocks(GUIDE, "json")]
SPECS = [
    pytest.param(document, id=f"{page.name}-{number}")
    for page in (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))
    for number, block in enumerate(blocks(page.read_text(), "yaml"))
    for document in yaml.safe_load_all(block)
    if isinstance(document, dict)
    and set(document) <= {"apiVersion", "kind", "metadata", "spec"}
    and document.get("kind", wire.KIND) == wire.KIND
]
"""Monitors in the pages, whole or in part: what is left out is that of the example."""
EXAMPLES = DOCS.parent / "manifests" / "examples"


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config["monitor"])
def test_the_evaluator_takes_the_configs_of_the_guide(config: dict[str, object]) -> None:
    slices = (
        Slice(column="plan", values=("a",), counts=(1,)),
        Slice(column="sex", values=("f",), counts=(1,)),
    )
    read = reading.read(EvaluatorConfig, config)
    classes = ("no", "yes")
    profile = Profile(rows=1, classes=classes, segments=slices, groups=slices)
    Ingest(scheme(read, profile if read.model.segments else None))


def test_the_guide_shows_every_mode_protocol_task_and_store() -> None:
    read = [reading.read(EvaluatorConfig, config) for config in CONFIGS]
    assert {one.capture.mode for one in read} == set(Mode)
    assert {one.capture.protocol for one in read} == set(Protocol)
    assert {one.model.task for one in read} == set(Task)
    assert {one.labels.store for one in read} == set(StoreKind)


@pytest.mark.parametrize("name", [*Loss, *LabelOutcome])
def test_the_guide_tells_every_loss_and_every_outcome(name: str) -> None:
    assert f"| `{name}` |" in GUIDE


def test_the_pod_of_the_guide_uses_ports_files_and_options_that_there_are() -> None:
    pod = next(
        it for block in blocks(GUIDE, "yaml") if (it := yaml.safe_load(block)).get("kind") == "Deployment"
    )
    (sidecar,) = pod["spec"]["template"]["spec"]["initContainers"]
    (model,) = pod["spec"]["template"]["spec"]["containers"]
    named = [
        {port["name"]: port["containerPort"] for port in container["ports"]} for container in (sidecar, model)
    ]
    assert named == [{"mm-http": wire.PORT_HTTP}, {"predict": wire.PORT_TEE}]
    command, *options = sidecar["args"]
    files = {Path(option.partition("=")[2]).name for option in options if "/etc/" in option}
    assert (command, files) == ("evaluator", {wire.KEY_CONFIG, wire.KEY_PROFILE})
    assert sidecar["restartPolicy"] == "Always"


def test_the_python_of_the_page_about_the_sdk_runs_without_an_evaluator() -> None:
    code = "\n".join(blocks((DOCS / "sdk.md").read_text(), "python"))
    assert "Monitor()" in code
    names: dict[str, object] = {}
    exec(code.replace("Monitor()", f'Monitor("{NOWHERE}", timeout=0.1)'), names)  # noqa: S102
    predict, handle = names["predict"], names["handle"]
    assert predict({"age": 41}) == {"class": "yes", "probability": 0.83}  # type: ignore[operator]
    assert inspect.iscoroutinefunction(handle)
    assert asyncio.run(handle({"customer": {"age": 41}, "id": "order-21"})) == "yes"
    assert names["monitor"].dropped == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", SPECS)
def test_a_monitor_of_a_page_is_accepted_with_the_reference_of_the_example(document: dict[str, Any]) -> None:
    texts = [sources.read(str(EXAMPLES / f"{name}.yaml")) for name in ("churn", "churn-reference")]
    read = monitors.load(texts, "default")
    (example,) = read.found
    profile = References.of(read, None).examine(example)
    whole = yaml.safe_load(texts[0].text)
    left_out = {name: whole["spec"][name] for name in ("targetRef", "reference")}
    model = {**whole["spec"]["model"], **document["spec"].get("model", {})}
    monitor = api.parse({**whole, **document, "spec": {**left_out, **document["spec"], "model": model}})
    assert plan.check(monitor, profile) == []


def test_the_pages_about_drift_quality_and_fairness_show_how_to_ask_for_them() -> None:
    asked = {key for one in SPECS for key in one.values[0]["spec"]}
    assert {"drift", "labels", "degradation", "dataQuality", "fairness", "business"} <= asked
