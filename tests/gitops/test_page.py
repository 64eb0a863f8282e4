"""The page about GitOps shows the manifests as they are, and they are what the project has."""

import re
from pathlib import Path
from typing import Any

import yaml

from gitops.engine import MANIFESTS
from modelmonitor import api, plan, wire

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gitops.md").read_text()
FILES = sorted(MANIFESTS.glob("*/*.yaml"))


def documents(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text()))


def test_each_manifest_of_the_page_is_one_of_the_folder() -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    texts = [text.strip() for file in FILES for text in file.read_text().split("---\n")]
    assert shown
    for block in shown:
        assert any(text.endswith(block.strip()) for text in texts), block


def test_the_page_leads_to_every_manifest() -> None:
    linked = set(re.findall(r"manifests/gitops/[a-z/-]+\.yaml", PAGE))
    unlinked = {MANIFESTS / "team" / "service.yaml", MANIFESTS / "argocd" / "team.yaml"}
    assert {ROOT / it for it in linked} == set(FILES) - unlinked


def test_both_install_the_charts_of_this_version() -> None:
    versions = {
        file.parent.name: yaml.safe_load(file.read_text())["version"]
        for file in (ROOT / "charts").glob("*/Chart.yaml")
    }
    sources = [it["spec"]["source"] for it in documents(MANIFESTS / "argocd" / "operator.yaml")]
    assert {it["repoURL"].rsplit("/", 1)[1]: it["targetRevision"] for it in sources} == versions
    stored = [it for it in documents(MANIFESTS / "flux" / "operator.yaml") if it["kind"] == "OCIRepository"]
    ranges = {it["spec"]["url"].rsplit("/", 1)[1]: it["spec"]["ref"]["semver"] for it in stored}
    assert ranges == {name: re.sub(r"\d+$", "x", version) for name, version in versions.items()}


def test_the_values_for_the_chart_are_values_of_the_chart() -> None:
    known = yaml.safe_load((ROOT / "charts" / "modelmonitor" / "values.yaml").read_text())
    by_argo_cd = documents(MANIFESTS / "argocd" / "operator.yaml")[1]["spec"]["source"]["helm"][
        "valuesObject"
    ]
    by_flux = documents(MANIFESTS / "flux" / "operator.yaml")[-1]["spec"]["values"]
    assert by_argo_cd == by_flux
    assert by_flux.keys() <= known.keys()


def test_the_monitor_of_the_team_is_about_its_deployment_and_can_work() -> None:
    (deployment,) = documents(MANIFESTS / "team" / "deployment.yaml")
    (monitor,) = documents(MANIFESTS / "team" / "monitor.yaml")
    read = api.parse({**monitor, "metadata": {**monitor["metadata"], "namespace": "ml"}})
    assert plan.check(read, None) == []
    assert read.spec.target_ref.name == deployment["metadata"]["name"]
    ports = deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert read.spec.capture is not None
    assert read.spec.capture.port in {it["name"] for it in ports}


def test_the_page_names_the_marks_as_the_operator_writes_them() -> None:
    for name in (wire.LABEL_MONITORED_BY, wire.LABEL_INJECT, wire.ANNOTATION_INJECTION):
        assert f"`{name}`" in PAGE
