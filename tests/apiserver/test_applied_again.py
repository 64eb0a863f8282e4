"""What a GitOps tool applies every few minutes, unchanged, changes nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from apiserver.replica import ROOT, Space, monitor
from apiserver.rest import Json
from modelmonitor.api.crd import crd

pytestmark = pytest.mark.apiserver
SCHEMA = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
EXAMPLES = [
    pytest.param(document, id=file.stem)
    for file in sorted((ROOT / "manifests" / "examples").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
    if document["kind"] == "ModelMonitor"
]


def blocks(schema: Mapping[str, Any], within: Json, *path: str) -> Iterator[Json]:
    """Give specs in which one block, as deep as it may be, is there and empty."""
    for name, field in schema.get("properties", {}).items():
        if field.get("type") != "object" or "properties" not in field:
            continue
        if not field.get("required"):
            yield _nested(within, (*path, name))
        if name not in within and not field.get("required"):
            yield from blocks(field, {}, *path, name)


def _nested(within: Json, path: tuple[str, ...]) -> Json:
    spec: Json = {}
    for name in reversed(path):
        spec = {name: spec}
    return spec


EMPTY = list(blocks(SCHEMA, {"model": {}, "targetRef": {}}))


def applied(space: Space, body: Json) -> set[tuple[int, str, str]]:
    """Apply the same four times; give what each made of it."""
    found = [space.apply(body) for _ in range(4)]
    return {
        (it["metadata"]["generation"], it["metadata"]["resourceVersion"], str(it["spec"])) for it in found
    }


@pytest.mark.parametrize("spec", EMPTY, ids=str)
def test_an_empty_block_stays(space: Space, spec: Json) -> None:
    assert len(applied(space, monitor(**spec))) == 1


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_stays(space: Space, example: Json) -> None:
    about = {"name": example["metadata"]["name"]}
    assert len(applied(space, {**example, "metadata": about})) == 1
