"""What the charts render, and which values they refuse, without a cluster."""

import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import modelmonitor
from charts import CRDS, OPERATOR, helm, manifest, values
from modelmonitor import wire
from modelmonitor.cli.operator import operator
from modelmonitor.cluster import certificates, webhooks

HERE = Path(__file__).parent
VALUE_SETS = sorted((HERE / "values").glob("*.yaml"))


def rendered(*arguments: str | Path) -> str:
    return helm.run("template", "modelmonitor", OPERATOR, "--namespace", "modelmonitor-system", *arguments)


def objects(text: str) -> dict[tuple[str, str], Any]:
    documents = [it for it in yaml.safe_load_all(text) if it]
    return {(it["kind"], it["metadata"]["name"]): it for it in documents}


def operator_pod(*arguments: str | Path) -> Any:
    (pod,) = (
        it["spec"]["template"]
        for (kind, _), it in objects(rendered(*arguments)).items()
        if kind == "Deployment"
    )
    return pod


@pytest.mark.parametrize("chart", [OPERATOR, CRDS], ids=lambda it: it.name)
def test_helm_has_nothing_to_criticise(chart: Path) -> None:
    assert "0 chart(s) failed" in helm.run("lint", "--strict", chart)


@pytest.mark.parametrize("file", VALUE_SETS, ids=lambda it: it.stem)
def test_the_rendered_objects_are_those_that_were_reviewed(
    file: Path, golden: Callable[[Path, str], None]
) -> None:
    golden(HERE / "golden" / file.name, rendered("--values", file))


REFUSED = {
    "replicas=0": "at '/replicas': minimum: got 0, want 1",
    "replicas=two": "at '/replicas': got string, want integer",
    "replicaCount=3": "additional properties 'replicaCount' not allowed",
    "image.name=x": "at '/image': additional properties 'name' not allowed",
    "image.repository=x@sha256:0": "at '/image/repository': 'x@sha256:0' does not match pattern",
    "image.digest=sha256:abc": "at '/image/digest': 'sha256:abc' does not match pattern '^(sha256:[0-9a-f]",
    "image.pullPolicy=Sometimes": "value must be one of 'Always', 'IfNotPresent', 'Never'",
    "evaluator.image.tag=a/b": "at '/evaluator/image/tag': 'a/b' does not match pattern",
    "injection.mostRollouts=0": "at '/injection/mostRollouts': minimum: got 0, want 1",
    "injection.enabled=maybe": "at '/injection/enabled': got string, want boolean",
    "watchNamespaces=team-a": "at '/watchNamespaces': got string, want array",
    "watchNamespaces={Team_A}": "at '/watchNamespaces/0': 'Team_A' does not match pattern",
    "watchNamespaces={a,a}": "at '/watchNamespaces': items at 0 and 1 are equal",
    "prometheusUrl=prometheus:9090": "at '/prometheusUrl': 'prometheus:9090' does not match pattern '^(https?://",
    "resyncSeconds=0": "at '/resyncSeconds': minimum: got 0, want 1",
    "ruleLabels.release=true": "at '/ruleLabels/release': got boolean, want string",
    "log.level=loud": "at '/log/level': value must be one of 'debug', 'info', 'warning', 'error'",
    "podDisruptionBudget.maxUnavailable=0": "at '/podDisruptionBudget/maxUnavailable': minimum: got 0",
    "serviceMonitor.interval=often": "at '/serviceMonitor/interval': 'often' does not match pattern",
    "serviceMonitor.labels=release": "at '/serviceMonitor/labels': got string, want object",
}


@pytest.mark.parametrize("setting", REFUSED)
def test_a_wrong_value_is_refused_with_its_place_and_what_was_expected(setting: str) -> None:
    with pytest.raises(helm.HelmError) as refusal:
        rendered("--set", setting)
    assert REFUSED[setting] in str(refusal.value)


def test_the_chart_of_the_definitions_has_nothing_to_set() -> None:
    with pytest.raises(helm.HelmError, match="additional properties 'keep' not allowed"):
        helm.run("template", CRDS, "--set", "keep=false")


def test_templates_use_every_value_and_no_other() -> None:
    described = list(values.values(json.loads(values.SCHEMA.read_text())))
    text = "".join(it.read_text() for it in sorted((OPERATOR / "templates").rglob("*.*")))
    used = set(re.findall(r"\.Values\.([A-Za-z.]+)", text))
    assert used == {".".join(it.path) for it in described if not it.is_group}
    assert all(it.description for it in described)


def test_values_are_those_of_the_schema_with_comments() -> None:
    described = values.values(json.loads(values.SCHEMA.read_text()))
    text = (OPERATOR / "values.yaml").read_text()
    for value in described:
        assert value.path[-1] in text
        if not value.is_group:
            found: Any = yaml.safe_load(text)
            for name in value.path:
                found = found[name]
            assert found == value.default


def test_charts_and_program_have_one_version() -> None:
    for chart in (CRDS, OPERATOR):
        described = yaml.safe_load((chart / "Chart.yaml").read_text())
        assert (described["version"], described["appVersion"]) == (modelmonitor.__version__,) * 2


def test_the_definition_differs_from_the_generated_one_by_the_keep_policy_alone() -> None:
    ((key, shipped),) = objects(helm.run("template", CRDS, "--show-only", "templates/crds.yaml")).items()
    assert shipped["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    assert key == ("CustomResourceDefinition", f"{wire.PLURAL}.{wire.GROUP}")
    assert shipped == yaml.safe_load(manifest.CRD.read_text())


@pytest.mark.parametrize("chart", [OPERATOR, CRDS], ids=lambda it: it.name)
def test_a_packaged_chart_renders_the_same(chart: Path, tmp_path: Path) -> None:
    helm.run("package", chart, "--destination", tmp_path)
    (package,) = tmp_path.iterdir()
    assert package.name == f"{chart.name}-{modelmonitor.__version__}.tgz"
    assert helm.template(package, "r", "n") == helm.template(chart, "r", "n")


def test_a_definition_with_braces_in_a_description_is_not_read_as_a_template() -> None:
    assert "[{{.window}}]" in helm.run("template", CRDS)


def test_the_operator_may_touch_the_lease_that_it_uses_and_no_other() -> None:
    rules = objects(rendered())["Role", "modelmonitor-leader"]["rules"]
    named = [it["resourceNames"] for it in rules if it["resources"] == ["leases"] and "resourceNames" in it]
    assert named == [[wire.LEASE]]


def test_named_namespaces_leave_nothing_cluster_wide() -> None:
    found = objects(rendered("--set", "watchNamespaces={a}"))
    assert not [it for it in found if it[0].startswith("Cluster")]
    assert all(it["metadata"].get("namespace") for it in found.values())


@pytest.mark.parametrize("release", ["modelmonitor-ml", "modelmonitor", "ml"])
def test_no_object_takes_the_name_of_another(release: str) -> None:
    text = helm.run("template", release, OPERATOR, "--namespace", "ml")
    found = objects(text)
    assert len(found) == sum(1 for it in yaml.safe_load_all(text) if it)
    roles = {name for kind, name in found if kind == "ClusterRole"}
    bound = {it["roleRef"]["name"] for (kind, _), it in found.items() if kind == "ClusterRoleBinding"}
    assert bound == roles
    assert webhooks.Webhook("ml", "").name in roles


def test_the_webhook_is_configured_by_the_right_for_its_own_name_alone() -> None:
    found = objects(rendered())
    allowed = found["ClusterRole", "modelmonitor-modelmonitor-system"]["rules"]
    by_name = [it for it in allowed if "resourceNames" in it]
    name = webhooks.Webhook("modelmonitor-system", "").name
    assert [it["resourceNames"] for it in by_name] == [[name]] * 2
    (nameless,) = (it for it in allowed if it not in by_name)
    assert nameless["verbs"] == ["create"]


def test_the_service_of_the_webhook_leads_to_its_port_and_is_not_scraped() -> None:
    found = objects(rendered("--set", "serviceMonitor.enabled=true"))
    service = found["Service", "modelmonitor-webhook"]
    (container,) = found["Deployment", "modelmonitor"]["spec"]["template"]["spec"]["containers"]
    assert service["spec"]["ports"] == [{"name": "https", "port": 443, "targetPort": "webhook"}]
    assert {"name": "webhook", "containerPort": 9443} in container["ports"]
    assert "--webhook-service=modelmonitor-webhook" in container["args"]
    pods = found["Deployment", "modelmonitor"]["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= pods.items()
    scraped = found["ServiceMonitor", "modelmonitor"]["spec"]["selector"]["matchLabels"]
    assert not scraped.items() <= service["metadata"]["labels"].items()
    assert scraped.items() <= found["Service", "modelmonitor"]["metadata"]["labels"].items()


def test_the_secret_that_the_operator_may_change_is_the_one_that_it_uses() -> None:
    rules = objects(rendered())["Role", "modelmonitor-leader"]["rules"]
    named = [it["resourceNames"] for it in rules if it["resources"] == ["secrets"] and "resourceNames" in it]
    assert named == [[certificates.SECRET]]


def test_without_injection_nothing_of_it_is_left() -> None:
    text = rendered("--set", "injection.enabled=false")
    for word in ("webhook", "9443", "evaluator", "eviction"):
        assert word not in text, word
    assert all("patch" not in it["verbs"] for it in objects(text)["ClusterRole", "modelmonitor"]["rules"]
               if it["apiGroups"] == ["apps"])  # fmt: skip


def test_the_digest_wins_over_the_tag() -> None:
    digest = f"sha256:{'a' * 64}"
    pod = operator_pod(
        "--set", "image.tag=v1", "--set", f"image.digest={digest}", "--set", "image.repository=r/i"
    )
    assert pod["spec"]["containers"][0]["image"] == f"r/i@{digest}"


def test_labels_of_the_user_cannot_take_the_pods_away_from_the_deployment() -> None:
    pod = operator_pod("--set", r"podLabels.app\.kubernetes\.io/name=other,podLabels.mine=yes")
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "modelmonitor"
    assert pod["metadata"]["labels"]["mine"] == "yes"


def test_the_program_understands_the_arguments_of_all_values() -> None:
    (container,) = operator_pod("--values", HERE / "values" / "everything.yaml")["spec"]["containers"]
    program, *arguments = container["args"]
    understood = operator.make_context(program, arguments).params
    assert understood["lease_namespace"] == "modelmonitor-system"
    assert understood["rule_label"] == (("release", "kube-prometheus-stack"), ("tier", "1"))
    assert (understood["resync"], understood["lease_seconds"]) == (10.0, 6)
    assert understood["runbooks_url"] == "https://runbooks.example.com/models"
    assert understood["bind"][1] == container["ports"][0]["containerPort"]
    assert understood["evaluator_image"] == "registry.example.com/ml/evaluator:1.2.4"
    assert (understood["evaluator_pull_policy"], understood["most_rollouts"]) == ("Always", 7)
    assert understood["webhook_port"] == container["ports"][1]["containerPort"]
    not_of_the_chart = {"identity", "kubeconfig", "context", "webhook_url"}
    unset = {name for name, value in understood.items() if value in (None, "", ())}
    assert unset == not_of_the_chart | {"watch_namespace"}


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that gives these statuses, one after the other."""
    statuses = iter(request.param)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(statuses))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()


def run_helm_test(url: str, seconds: str) -> subprocess.CompletedProcess[str]:
    (container,) = objects(rendered())["Pod", "modelmonitor-test-ready"]["spec"]["containers"]
    assert container["args"][1] == "http://modelmonitor.modelmonitor-system.svc:8080/readyz"
    command = [sys.executable, container["command"][1], container["args"][0], url, seconds]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("answers", [(503, 200)], indirect=True)
def test_helm_test_waits_until_the_operator_is_ready(answers: str) -> None:
    ended = run_helm_test(answers, "60")
    assert (ended.returncode, ended.stdout) == (0, f"{answers}: 200, the operator is ready\n")


def test_helm_test_fails_when_nobody_answers() -> None:
    ended = run_helm_test("http://127.0.0.1:1/readyz", "0.1")
    assert ended.returncode == 1
    assert "expected 200 within 0.1 s, got <urlopen error" in ended.stderr
