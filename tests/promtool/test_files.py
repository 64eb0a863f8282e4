"""promtool accepts every generated file, with all its lints."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelmonitor import api, plan
from modelmonitor.plan import rulefile
from monitors import monitor, objective
from promtool import worlds
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*/plan.yaml"))
EXAMPLES = sorted((ROOT / "manifests" / "examples" / "_generated").glob("*.yaml"))


def rule_files(promtool: Promtool, manifests: Iterable[Mapping[str, Any]]) -> list[Path]:
    """Write the rules of objects as Prometheus reads them."""
    files = []
    for manifest in manifests:
        texts = {**manifest.get("data", {}), "rules.yaml": rulefile.to_yaml(manifest.get("spec", {}))}
        for key, text in texts.items():
            if key.endswith(".yaml") and "groups:" in text:
                files.append(promtool.folder / f"{manifest['metadata']['name']}-{len(files)}.yaml")
                files[-1].write_text(text)
    return files


def test_promtool_accepts_the_golden_plans(promtool: Promtool) -> None:
    plans = [yaml.safe_load(file.read_text())["manifests"] for file in GOLDEN]
    files = rule_files(promtool, itertools.chain.from_iterable(plans))
    assert len(files) >= 5
    assert promtool.check(*files) == ""


def test_promtool_accepts_the_rules_beside_the_examples(promtool: Promtool) -> None:
    made = [it for file in EXAMPLES for it in yaml.safe_load_all(file.read_text())]
    files = rule_files(promtool, made)
    others = ("-evaluator", "-alerts")
    assert len(files) == sum(not it["metadata"]["name"].endswith(others) for it in made) >= 20
    assert promtool.check(*files) == ""


def test_promtool_accepts_fifty_objectives(promtool: Promtool) -> None:
    sli = {"events": worlds.GROUPED}
    body = monitor(objectives=[objective(f"o{number}", sli=sli) for number in range(50)])
    file = promtool.folder / "fifty.yaml"
    file.write_text(rulefile.to_yaml(rulefile.plain(plan.plan(api.parse(body)).groups)))
    assert promtool.check(file) == ""


def test_promtool_would_complain(promtool: Promtool) -> None:
    file = promtool.folder / "twice.yaml"
    group = {"name": "a", "rules": [{"record": "x", "expr": "1"}] * 2}
    file.write_text(rulefile.to_yaml({"groups": [group]}))
    assert "duplicate" in promtool.check(file)
