"""Names that Kubernetes allows, and what a pod says of itself: neither breaks what `init` writes."""

from typing import Any

import pytest
import yaml

from modelmonitor import api, plan
from modelmonitor.cli.initialising import draft, exposed, servers, target
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.cli.reaching import naming
from modelmonitor.wire.config import Protocol


def seen(
    name: str = "churn",
    port: str = "http",
    index: dict[str, Any] | None = None,
) -> Seen:
    """Look at a Deployment of this name whose port is called so."""
    container = {"name": "model", "image": "x", "ports": [{"name": port, "containerPort": 8080}]}
    workload = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "ml"},
        "spec": {"template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}}},
    }  # fmt: skip
    service = {"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": port}]}
    found = target.read(workload, [{"metadata": {"name": "a"}, "spec": service}])
    server = servers.recognised(found.words, found.probed, index)
    return Seen(naming.monitor_of(name), found, server, Exposed())


def read(found: Seen) -> Any:
    """Return the only document that is written, once it has been found valid."""
    (body,) = yaml.safe_load_all(draft.draft(found))
    assert plan.check(api.parse(body)) == []
    return body


@pytest.mark.parametrize("name", ["churn.v2", "123", "1e3", "0x1f", "on", "null", "true", "7churn", "a" * 60])
def test_every_name_of_a_workload_is_one_of_a_text(name: str) -> None:
    body = read(seen(name))
    assert body["metadata"]["name"] == naming.monitor_of(name)
    assert body["spec"]["targetRef"]["name"] == name


@pytest.mark.parametrize("port", ["http", "1e3", "on", "null", "y", "0x1f"])
def test_every_name_of_a_port_is_one_of_a_text(port: str) -> None:
    assert read(seen(port=port))["spec"]["capture"]["port"] == port


@pytest.mark.parametrize(
    "said",
    ["x\nspec: {}", "x\n---\nkind: Secret", "x\x1b[31m", "x\r# y", "x\x85y: z", "\ufeff", "", "x" * 100_000],
)
def test_what_a_pod_calls_itself_stays_within_a_comment(said: str) -> None:
    text = draft.draft(seen(index={"name": said}))
    assert max(map(len, text.splitlines())) < 200
    assert all(it.isprintable() for it in text.splitlines())
    assert read(seen(index={"name": said})) == read(seen(index={"name": "churn"}))


def test_what_a_user_says_is_taken_as_it_is() -> None:
    found = seen()
    paths, names = ("/predict, all", "/{id}/[x]", "/#a: b"), ("1", "no", "a: b", "ü", "a\nb")
    server = servers.Server("a server", Protocol.JSON, (), paths, "inputs")
    capture = yaml.safe_load(draft.draft(Seen("churn", found.target, server, found.exposed, names=names)))[
        "spec"
    ]["capture"]
    assert tuple(capture["paths"]) == paths
    assert tuple(capture["columns"]["names"]) == names


def test_an_exposition_that_never_ends_a_line_is_left() -> None:
    endless = "a{" * (1 << 20)
    text = f'{endless}\nhttp_requests_total{{code="200"}} 3\n{"x" * 300}_requests_total{{code="200"}} 1\n'
    assert exposed.read(text).counter == "http_requests_total"
