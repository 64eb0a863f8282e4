"""The objectives of the API's own example, as text: rules that everybody gets who copies it."""

import dataclasses
from pathlib import Path

import yaml

import references
from conftest import Golden
from modelmonitor import api, plan
from modelmonitor.plan import rulefile
from modelmonitor.wire.config import Task

FOLDER = Path(__file__).parent / "golden"
PROFILE = dataclasses.replace(references.profile("age", task=Task.BINARY), classes=("no", "yes"))


def test_the_rules_of_objectives_on_counters_are_the_golden_ones(golden: Golden) -> None:
    monitor = api.parse(yaml.safe_load((FOLDER / "objectives.monitor.yaml").read_text()))
    planned = plan.objectives(monitor, PROFILE)
    links = plan.links(monitor, plan.Settings())
    groups = [group for slo in planned for group in plan.rule_groups(slo, links)]
    document = {"adaptations": plan.adaptations(planned), **rulefile.plain(groups)}
    golden(FOLDER / "objectives.rules.yaml", rulefile.to_yaml(document))
