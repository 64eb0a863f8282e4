"""promtool accepts every generated file, with all its lints."""

from pathlib import Path

import pytest
import yaml

from modelmonitor import api, plan
from modelmonitor.plan import rulefile
from monitors import monitor, objective
from promtool import worlds
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*/plan.yaml"))


def test_promtool_accepts_the_golden_plans(promtool: Promtool) -> None:
    files = []
    for plan_file in GOLDEN:
        for manifest in yaml.safe_load(plan_file.read_text())["manifests"]:
            name = f"{manifest['metadata']['name']}-{len(files)}.yaml"
            contents = (
                manifest["data"].values()
                if manifest["kind"] == "ConfigMap"
                else [rulefile.to_yaml(manifest["spec"])]
            )
            for content in contents:
                files.append(promtool.folder / name)
                files[-1].write_text(content)
    assert len(files) >= 5
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
