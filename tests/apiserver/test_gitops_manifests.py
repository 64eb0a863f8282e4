"""What we write for Argo CD and Flux is what their own definitions accept."""

import os
from collections.abc import Iterator

import pytest
import yaml

from apiserver.replica import ROOT, Space
from apiserver.rest import Json, Rest
from gitops import schemas
from gitops.engine import MANIFESTS

pytestmark = [
    pytest.mark.apiserver,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="downloads their Go modules"),
]
DOCUMENTS = [
    pytest.param(document, id=f"{file.parent.name}-{document['kind']}-{document['metadata']['name']}")
    for folder in ("argocd", "flux")
    for file in sorted((MANIFESTS / folder).glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]


@pytest.fixture(scope="module")
def paths(rest: Rest) -> Iterator[dict[str, str]]:
    """Define the kinds; give where the objects of each are, by API version and kind."""
    found = {"v1/ConfigMap": "/api/v1/namespaces/{}/configmaps", "v1/Namespace": "/api/v1/namespaces"}
    made = []
    for definition in schemas.definitions():
        rest.define(definition)
        made.append(definition["metadata"]["name"])
        spec = definition["spec"]
        for version in spec["versions"]:
            group = f"{spec['group']}/{version['name']}"
            found[f"{group}/{spec['names']['kind']}"] = (
                f"/apis/{group}/namespaces/{{}}/{spec['names']['plural']}"
            )
    yield found
    for name in made:
        rest.send("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_their_definitions_accept_it_with_no_field_unknown(
    space: Space, paths: dict[str, str], document: Json
) -> None:
    path = paths[f"{document['apiVersion']}/{document['kind']}"].format(space.name)
    about = {**document["metadata"], "namespace": space.name}
    if document["kind"] == "Namespace":
        about = document["metadata"]
    answer = space.rest.create(path, {**document, "metadata": about})
    assert answer.accepted, answer.message
    assert answer.warning == ""


def test_the_charts_that_they_install_are_there() -> None:
    charts = {path.parent.name for path in (ROOT / "charts").glob("*/Chart.yaml")}
    sources = {
        source["url" if "url" in source else "repoURL"].rsplit("/", 1)[1]
        for (document,) in (it.values for it in DOCUMENTS)
        for source in [document.get("spec", {}).get("source", document.get("spec", {}))]
        if "oci://" in str(source.get("url", source.get("repoURL", "")))
    }
    assert sources == charts
