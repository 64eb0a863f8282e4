"""Every alert has a runbook, every record a line, every field an example, every link a target."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelmonitor.api.crd import crd
from modelmonitor.plan import names
from reference import examples, records, rules

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RUNBOOKS = sorted((DOCS / "runbooks").glob("*.md"))
PAGES = [
    ROOT / "README.md",
    *sorted(DOCS.glob("*.md")),
    *RUNBOOKS,
    *sorted((DOCS / "reference").glob("*.md")),
]
ALERTS = {value for name, value in vars(names).items() if name.endswith("_ALERT")}
RECORDS = {
    value
    for name, value in vars(names).items()
    if isinstance(value, str) and value.startswith(("slo:", "modelmonitor:")) and name != "TOTAL_5M"
}
"""Without the window of five minutes, which is one of those of TOTAL_INCREASE."""


def test_every_alert_has_a_runbook_of_its_name_and_every_runbook_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS} == ALERTS


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_what_to_do_and_when_it_ends(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.search(r"^1\. ", text, re.MULTILINE)
    assert re.search(r"\*\*It (ends|resolves by itself)\*\*", text)


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_the_queries_of_a_runbook_ask_for_the_monitor_that_alarms(page: Path) -> None:
    """Another namespace may have a monitor of this name, and windows are the owner's."""
    text = page.read_text()
    assert not re.search(r"\{(?!namespace=)[^}\n]*monitor=", text)
    assert not re.search(r"modelmonitor:[a-z_]+:[a-z_]+[0-9]", text)


def test_every_name_of_a_record_and_an_alert_is_described_in_the_reference() -> None:
    described = {name.removesuffix(records.W) for section in records.SECTIONS for name in section.records}
    assert described == RECORDS
    assert set(records.ALERTS) == ALERTS


def test_what_the_rules_of_all_examples_make_is_what_the_reference_describes() -> None:
    made = {
        rules.generic(rule)
        for example in examples.examples()
        for group in example.plan().groups
        for rule in group.rules
    }
    page = (DOCS / "reference" / "rules.md").read_text()
    assert made == set(re.findall(r"^\| \[?`((?:slo:|modelmonitor:|Model)[^`]+)`", page, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_records_that_a_page_mentions_exist(page: Path) -> None:
    mentioned = set(re.findall(r"\b((?:slo|modelmonitor):[a-z_]+:[a-z_]+)", page.read_text()))
    windowless = {name.rstrip("0123456789mhd") for name in RECORDS} | RECORDS
    assert mentioned <= windowless


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{target}: there is no such file"
        if anchor and linked.suffix == ".md":
            assert anchor in set(_anchors(linked)), f"{target}: there is no such heading"


def test_every_guide_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text()
    assert {f"({page.name})" for page in DOCS.glob("*.md") if page.stem != "README"} <= set(
        re.findall(r"\([a-z-]+\.md\)", index)
    )


def test_the_complete_example_has_every_field_of_the_spec() -> None:
    schema = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    example = yaml.safe_load((ROOT / "manifests/examples/complete.yaml").read_text())["spec"]
    asked, shown = (
        {_of_any_route(path) for path in paths} for paths in (_of_schema(schema), _of_values(example))
    )
    assert asked - shown == set()


def _of_any_route(path: str) -> str:
    """Give a field of a route the same name whatever the severity: receivers are the same for all."""
    return re.sub(r"^(\.alerts\.routes\.)\w+\.", r"\1*.", path)


def _anchors(page: Path) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        yield plain.replace(" ", "-")


def _of_schema(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from _of_schema(field.get("items", field), f"{path}.{name}")


def _of_values(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _of_values(item, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from _of_values(inner, f"{path}.{name}")
