"""Every colour of a dashboard has one of its own on live pages, in light and in dark."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards import boards
from modelmonitor.cli.opening import look, page
from modelmonitor.wire.config import Task
from preview.example import MONITOR

CSS = (Path(page.__file__).parent / "page.css").read_text()


def colours(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            if key in {"color", "fixedColor"} and isinstance(inside, str):
                yield inside
            else:
                yield from colours(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from colours(inside)


@pytest.mark.parametrize("task", [None, *Task])
def test_every_colour_is_known(task: Task | None) -> None:
    one = boards.evaluated(task) if task else MONITOR
    used = {colour for dashboard in boards.read(one).values() for colour in colours(dashboard)}
    assert used
    assert used <= look.TINTS.keys()


def test_every_tint_is_a_class_of_the_page() -> None:
    assert {look.tint(name) for name in look.TINTS} == set(re.findall(r"\.(t-[a-z-]+)\{", CSS))
