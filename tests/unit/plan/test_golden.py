"""The rules of five monitors, as text: what changes in them, changes for everybody who has such a monitor."""

from pathlib import Path

import pytest
import yaml

from conftest import Golden
from modelmonitor import api, plan
from modelmonitor.plan import rulefile

CASES = sorted(path.parent for path in (Path(__file__).parents[2] / "golden").glob("*/monitor.yaml"))


def test_there_are_golden_cases() -> None:
    assert len(CASES) >= 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_is_the_golden_one(case: Path, golden: Golden) -> None:
    planned = plan.plan(api.parse(yaml.safe_load((case / "monitor.yaml").read_text())))
    rules = [it for it in planned.manifests if it["metadata"]["labels"].get("grafana_dashboard") is None]
    document = {"adaptations": list(planned.adaptations), "manifests": rules}
    golden(case / "plan.yaml", rulefile.to_yaml(document))
