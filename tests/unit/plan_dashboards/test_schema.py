"""Dashboards against the types that Grafana publishes; hack/grafana-schema derives the schema from them."""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from dashboards import boards
from modelmonitor.cli.opening import answers
from preview.example import MONITOR

SCHEMAS = json.loads((Path(__file__).parents[2] / "dashboards" / "grafana-schema.json").read_text())
DASHBOARDS = boards.read(MONITOR)
PARTS = {
    "options": lambda panel: panel["options"],
    "custom": lambda panel: panel["fieldConfig"]["defaults"]["custom"],
}

Break = Callable[[dict[str, Any]], None]


def problems(dashboard: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema refuses in a dashboard, and in the options of its panels."""
    yield from refused("dashboard", None, dashboard)
    for panel in answers.panels(dashboard):
        for part, value in PARTS.items():
            if panel["type"] in schemas()[part]["properties"]:
                yield from (f"{panel['title']}: {it}" for it in refused(part, panel["type"], value(panel)))


def refused(part: str, kind: str | None, value: Any) -> Iterator[str]:
    try:
        validator(part, kind)(value)
    except fastjsonschema.JsonSchemaValueException as refusal:
        yield str(refusal)


def schemas() -> dict[str, Any]:
    properties: dict[str, Any] = SCHEMAS["definitions"]["Schemas"]["properties"]
    return properties


@cache
def validator(part: str, kind: str | None) -> Callable[[Any], Any]:
    schema = schemas()[part]
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema["properties"][kind] if kind else schema)
    return compiled


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafanas_own_types_accept_the_dashboard(name: str) -> None:
    assert list(problems(DASHBOARDS[name])) == []


def _first(dashboard: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(panel for panel in answers.panels(dashboard) if panel["type"] == kind)


BREAKS: dict[str, Break] = {
    "a height in words": lambda it: it["panels"][0]["gridPos"].update(h="high"),
    "an unknown key of the dashboard": lambda it: it.update(colour="red"),
    "a variable of no known type": lambda it: it["templating"]["list"][0].update(type="prometheus"),
    "a threshold mode that does not exist": lambda it: it["panels"][0]["fieldConfig"]["defaults"][
        "thresholds"
    ].update(mode="relative"),
    "a link without a title": lambda it: it["links"][0].pop("title"),
    "a text mode that does not exist": lambda it: _first(it, "stat")["options"].update(textMode="loud"),
    "a draw style that does not exist": lambda it: _first(it, "timeseries")["fieldConfig"]["defaults"][
        "custom"
    ].update(drawStyle="wobbly"),
    "an unknown option of a bar gauge": lambda it: _first(it, "bargauge")["options"].update(widht=3),
    "a legend without a placement": lambda it: _first(it, "timeseries")["options"]["legend"].pop("placement"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_dashboard_is_refused(broken: str) -> None:
    dashboards = [copy.deepcopy(it) for it in DASHBOARDS.values()]
    for dashboard in dashboards:
        BREAKS[broken](dashboard)
        assert list(problems(dashboard)), broken


def test_the_schema_is_derived_from_the_pinned_types_and_the_pins_name_no_registry() -> None:
    folder = Path(__file__).parents[3] / "hack" / "grafana-schema"
    lock = (folder / "package-lock.json").read_text()
    assert "resolved" not in lock
    pinned = json.loads(lock)["packages"]["node_modules/@grafana/schema"]["version"]
    assert f"@grafana/schema {pinned}," in SCHEMAS["$comment"]
    assert "Apache License 2.0" in SCHEMAS["$comment"]
