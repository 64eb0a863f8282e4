"""The dashboards of the example, as they were when somebody last looked at them (`make preview`)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards import boards
from preview.example import MONITOR

GOLDEN = Path(__file__).parents[2] / "dashboards" / "golden"
TEXTS = {it["metadata"]["name"]: text for it in boards.manifests(MONITOR) for text in it["data"].values()}


@pytest.mark.parametrize("name", TEXTS)
def test_the_dashboard_is_the_one_that_was_looked_at(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"{name}.json", json.dumps(json.loads(TEXTS[name]), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_canonical_json(name: str) -> None:
    read = json.loads(TEXTS[name])
    assert TEXTS[name] == json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
