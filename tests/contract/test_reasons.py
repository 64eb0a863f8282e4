"""Every reason why a target is not as its monitor wishes is explained."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "operator/modelmonitor"
REASON = re.compile(r'(?:_blocked\(|Act\.\w+, |reason=|yield |False, |None, |True, )\s*"([A-Z][A-Za-z]+)"')


def test_every_reason_about_pods_has_its_paragraph() -> None:
    modules = [*(PACKAGE / "decide").glob("*.py"), *(PACKAGE / "plan/injection").glob("*.py")]
    reasons = {reason for module in modules for reason in REASON.findall(module.read_text())}
    assert {"RolloutWaiting", "PodsWithoutEvaluator", "HostNetwork", "PortNumeric"} <= reasons
    page = (ROOT / "docs/conditions.md").read_text()
    assert not {one for one in reasons - {"AlreadyThere"} if f"`{one}`" not in page}
