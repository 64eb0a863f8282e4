"""The webhook's answers: whatever is asked and whatever fails, a pod is allowed, and it is said why."""

import asyncio
import base64
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import jsonpatch
import pytest
from aiohttp.test_utils import TestClient, TestServer

from modelmonitor import api, wire
from modelmonitor.cluster import webhooks
from modelmonitor.cluster.family import Family
from modelmonitor.cluster.memory import Memory
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.errors import Unreachable
from modelmonitor.handlers.admission.injecting import Evaluator
from modelmonitor.handlers.admission.server import MOST_BYTES, Answering
from modelmonitor.handlers.metrics import Metrics
from modelmonitor.plan import injection as plan
from modelmonitor.plan.settings import Settings
from modelmonitor.wire import reading
from modelmonitor.wire.injection import Injection
from monitors import monitor

Json = dict[str, Any]
Server = TestClient[Any, Any]
INJECTION = Injection(
    monitor="churn", image="registry/evaluator:1", port="http", config_map="churn-evaluator"
)
EVALUATOR = Evaluator(INJECTION.image, INJECTION.pull_policy)
MODEL = {"name": "model", "image": "model", "ports": [{"name": "http", "containerPort": 8080}]}
TEMPLATE: Json = {
    "metadata": {"labels": {"app": "churn", wire.LABEL_INJECT: "churn"}},
    "spec": {"containers": [MODEL]},
}
OWNER = {"kind": "ReplicaSet", "name": "churn-7d9f", "controller": True}


def pod(owner: Json | None = OWNER, **labels: str) -> Json:
    about = {"generateName": "churn-", "labels": {**TEMPLATE["metadata"]["labels"], **labels}}
    owners = {"ownerReferences": [owner]} if owner else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**about, **owners}, "spec": TEMPLATE["spec"]}


def review(about: Json, **request: Any) -> Json:
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    whole = {"uid": "u-1", "namespace": "ml", "operation": "CREATE", "kind": kind, "object": about}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": whole | request}


def put(memory: Memory, kind: str, name: str, **content: Any) -> None:
    about = {"namespace": "ml", "name": name}
    memory.put({"apiVersion": "v1", "kind": kind, "metadata": about, **content})


@pytest.fixture
def cluster() -> Memory:
    """A cluster with one monitor and one ReplicaSet of its model."""
    memory = Memory(Family())
    document = json.dumps(reading.write(INJECTION))
    put(memory, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: document})
    put(memory, "ReplicaSet", "churn-7d9f", spec={"template": TEMPLATE})
    return memory


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(lambda: 0, lambda: False)


@pytest.fixture
async def server(cluster: Memory, metrics: Metrics) -> AsyncIterator[Server]:
    async with TestClient(TestServer(Answering(cluster, EVALUATOR, metrics).application)) as client:
        yield client


async def ask(server: Server, question: Json) -> Json:
    """Give the response to a question, which is allowed whatever it is."""
    async with server.post("/inject", json=question) as answer:
        assert answer.status == 200
        said: Json = await answer.json()
    assert (said["apiVersion"], said["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    response: Json = said["response"]
    assert (response["uid"], response["allowed"]) == ("u-1", True)
    return response


def counted(metrics: Metrics, result: str) -> float:
    found = metrics.registry.get_sample_value("modelmonitor_operator_admissions_total", {"result": result})
    return found or 0.0


def operations(response: Json) -> list[Json]:
    assert response["patchType"] == "JSONPatch"
    found: list[Json] = json.loads(base64.b64decode(response["patch"]))
    return found


async def test_a_pod_that_asks_for_an_evaluator_gets_what_the_plan_says(
    server: Server, metrics: Metrics
) -> None:
    response = await ask(server, review(pod()))
    injected = plan.inject(pod(), INJECTION, plan.version(TEMPLATE))
    assert operations(response) == plan.operations(pod(), injected)
    assert "warnings" not in response
    assert counted(metrics, "injected") == 1


async def test_a_pod_that_has_its_evaluator_is_left_as_it_is_and_costs_no_read(
    server: Server, cluster: Memory, metrics: Metrics
) -> None:
    injected = plan.inject(pod(), INJECTION, plan.version(TEMPLATE))
    assert await ask(server, review(injected)) == {"uid": "u-1", "allowed": True}
    assert not cluster.reads
    assert counted(metrics, "unchanged") == 1


@pytest.mark.parametrize(
    ("kind", "label", "revision"),
    [("StatefulSet", "churn-6b98", "churn-6b98"), ("DaemonSet", "6b98", "churn-6b98")],
)
async def test_the_version_of_pods_without_a_replica_set_is_that_of_their_revision(
    server: Server, cluster: Memory, kind: str, label: str, revision: str
) -> None:
    put(
        cluster,
        "ControllerRevision",
        revision,
        data={"spec": {"template": {**TEMPLATE, "$patch": "replace"}}},
    )
    owner = {"kind": kind, "name": "churn", "controller": True}
    about = pod(owner, **{"controller-revision-hash": label})
    injected = plan.inject(about, INJECTION, plan.version(TEMPLATE))
    assert operations(await ask(server, review(about))) == plan.operations(about, injected)


@pytest.mark.parametrize(
    "owner", [None, {"kind": "Job", "name": "once", "controller": True}, {**OWNER, "name": "gone"}]
)
async def test_a_pod_whose_template_nobody_keeps_has_no_version(server: Server, owner: Json | None) -> None:
    injected = plan.inject(pod(owner), INJECTION, "")
    assert operations(await ask(server, review(pod(owner)))) == plan.operations(pod(owner), injected)


NO_POD = {"group": "apps", "version": "v1", "kind": "Deployment"}


@pytest.mark.parametrize(
    "question",
    [
        review(pod(**{wire.LABEL_INJECT: ""})),
        review({"metadata": {}}),
        review({}),
        review(pod(), kind=NO_POD),
        review(pod(), operation="UPDATE"),
        review(pod(), subResource="eviction"),
        review(pod(), object=None),
    ],
)
async def test_what_is_none_of_our_business_is_allowed_without_a_word(
    server: Server, cluster: Memory, question: Json
) -> None:
    assert await ask(server, question) == {"uid": "u-1", "allowed": True}
    assert not cluster.reads


BROKEN = {
    "": "expected JSON|Expecting value",
    "[]": "injection.json: expected an object, got",
    '{"monitor": "churn"}': "injection.json.image: expected a text, got nothing; add it",
    '{"monitor": "churn", "image": "i", "next": 1}': "injection.json.next: expected one of",
    '{"monitor": "churn", "image": "i"}': "injection.json.configMap: expected the name of an object, got ''",
    json.dumps(reading.write(INJECTION) | {"image": " "}): "injection.json.image: expected an image, got ' '",
    json.dumps(
        reading.write(INJECTION) | {"pullPolicy": "?"}
    ): "expected Always, IfNotPresent or Never, got '?'",
    json.dumps(
        reading.write(INJECTION) | {"redisSecret": "A"}
    ): "redisSecret: expected the name of an object",
    json.dumps(reading.write(INJECTION) | {"limits": {"cpu": "much"}}): "quantities, got cpu: much",
    json.dumps(
        reading.write(INJECTION) | {"requests": {"nvidia.com/gpu": "1"}}
    ): "quantities, got nvidia.com/gpu: 1",
    json.dumps(
        reading.write(INJECTION) | {"requests": {"memory": "1Gi"}, "limits": {"memory": "64Mi"}}
    ): "injection.json.requests: expected at most the limits, got memory: 1Gi",
}


@pytest.mark.parametrize("content", BROKEN)
async def test_a_broken_document_is_a_warning(
    server: Server, cluster: Memory, metrics: Metrics, content: str
) -> None:
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: content})
    response = await ask(server, review(pod()))
    (warning,) = response["warnings"]
    assert any(part in warning for part in BROKEN[content].split("|")), warning
    assert "patch" not in response
    assert counted(metrics, "InjectionInvalid") == 1


async def test_a_monitor_that_is_not_there_is_a_warning(server: Server, metrics: Metrics) -> None:
    response = await ask(server, review(pod(**{wire.LABEL_INJECT: "gone"})))
    (warning,) = response["warnings"]
    assert warning.startswith("modelmonitor adds no evaluator to this pod: ConfigMap gone-evaluator: ")
    assert warning.endswith("expected one of a ModelMonitor gone, got none")
    assert counted(metrics, "MonitorMissing") == 1


async def test_a_monitor_that_injects_nothing_is_a_warning(server: Server, cluster: Memory) -> None:
    cluster.remove("ConfigMap", "ml", "churn-evaluator")
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_CONFIG: "{}"})
    (warning,) = (await ask(server, review(pod())))["warnings"]
    assert "expected a key injection.json, got none; has the monitor a `capture`?" in warning


async def test_why_evaluators_are_stopped_is_the_warning(server: Server, cluster: Memory) -> None:
    stopped = reading.write(INJECTION) | {"stopped": "its image cannot be pulled"}
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(stopped)})
    (warning,) = (await ask(server, review(pod())))["warnings"]
    assert "its image cannot be pulled" in warning


async def test_whoever_writes_the_document_gets_no_image_of_theirs_into_a_pod(
    server: Server, cluster: Memory
) -> None:
    theirs = reading.write(INJECTION) | {"image": "evil.example/shell:1", "pullPolicy": "Always"}
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(theirs)})
    injected = plan.inject(pod(), INJECTION, plan.version(TEMPLATE))
    assert operations(await ask(server, review(pod()))) == plan.operations(pod(), injected)


SECRETS = {
    "redisSecret": {"labels": {"store": {"redis": {"secretRef": {"name": "known"}}}}},
    "tokenSecret": {"labels": {"tokenSecretRef": {"name": "known"}}},
    "readerSecret": {"capture": {"tokenSecretRef": {"name": "known"}}},
}


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("got", ["db-password", "known", ""])
async def test_a_pod_gets_the_secrets_that_the_monitor_names_and_no_other(
    server: Server, cluster: Memory, key: str, got: str
) -> None:
    theirs = reading.write(INJECTION) | ({key: got} if got else {})
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(theirs)})
    put(cluster, wire.KIND, "churn", spec=SECRETS[key])
    field = key.replace("Secret", "_secret")
    injected = plan.inject(pod(), replace(INJECTION, **{field: "known"}), plan.version(TEMPLATE))
    assert operations(await ask(server, review(pod()))) == plan.operations(pod(), injected)


@pytest.mark.parametrize("key", ["redisSecret", "readerSecret"])
async def test_a_secret_that_the_monitor_names_no_more_comes_into_no_pod(
    server: Server, cluster: Memory, key: str
) -> None:
    theirs = reading.write(INJECTION) | {key: "db-password"}
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(theirs)})
    put(cluster, wire.KIND, "churn", spec={})
    injected = plan.inject(pod(), INJECTION, plan.version(TEMPLATE))
    assert operations(await ask(server, review(pod()))) == plan.operations(pod(), injected)


@pytest.mark.parametrize("spec", [{}, {"labels": {}}, None], ids=["no labels", "no token", "no monitor"])
async def test_no_evaluator_takes_labels_of_anybody_where_a_token_was_planned(
    server: Server, cluster: Memory, metrics: Metrics, spec: Json | None
) -> None:
    theirs = reading.write(INJECTION) | {"tokenSecret": "known"}
    put(cluster, "ConfigMap", "churn-evaluator", data={wire.KEY_INJECTION: json.dumps(theirs)})
    if spec is not None:
        put(cluster, wire.KIND, "churn", spec=spec)
    response = await ask(server, review(pod()))
    (warning,) = response["warnings"]
    assert "injection.json: tokenSecret: expected the Secret that the ModelMonitor names" in warning
    assert "patch" not in response
    assert counted(metrics, "InjectionInvalid") == 1


async def test_secrets_that_the_monitor_names_come_into_its_pods(server: Server, cluster: Memory) -> None:
    labels = {"store": {"redis": {"secretRef": {"name": "a"}}}, "tokenSecretRef": {"name": "b"}}
    document = monitor(labels=labels, capture={"port": "http", "tokenSecretRef": {"name": "c"}})
    injection = plan.injection(api.parse(document), Settings(evaluator_image=EVALUATOR.image))
    assert injection is not None
    assert (injection.redis_secret, injection.token_secret, injection.reader_secret) == ("a", "b", "c")
    data = {wire.KEY_INJECTION: json.dumps(reading.write(injection))}
    put(cluster, "ConfigMap", "churn-evaluator", data=data)
    put(cluster, wire.KIND, "churn", spec=document["spec"])
    assert operations(await ask(server, review(pod())))


@pytest.mark.parametrize("name", ["../../secrets/x", "a/b", "Churn", "a" * 64, "a%2fb", "churn\n"])
async def test_a_label_that_names_no_monitor_reaches_no_address(
    server: Server, cluster: Memory, name: str
) -> None:
    (warning,) = (await ask(server, review(pod(**{wire.LABEL_INJECT: name}))))["warnings"]
    assert "expected the name of a ModelMonitor" in warning
    assert not cluster.reads


async def test_an_owner_whose_name_is_none_reaches_no_address(server: Server, cluster: Memory) -> None:
    owner = {**OWNER, "name": "../../../namespaces"}
    assert operations(await ask(server, review(pod(owner))))
    assert {kind for kind, _ in cluster.reads} == {"ConfigMap", wire.KIND}


class Failing:
    """A cluster that does not give what it is asked for."""

    def __init__(self, how: BaseException | None) -> None:
        self.how = how

    async def get(self, *_: object) -> Json | None:
        if self.how:
            raise self.how
        await asyncio.Event().wait()
        return None


@pytest.mark.parametrize(
    ("how", "result", "said"),
    [
        (Unreachable("get configmaps: expected an answer, got 503"), "ApiUnreachable", "got 503"),
        (None, "Timeout", "the Kubernetes API did not answer within 0.05 s"),
        (KeyError("secret content"), "InternalError", "a bug of modelmonitor"),
    ],
)
async def test_a_cluster_that_fails_keeps_no_pod_from_starting(
    metrics: Metrics, how: BaseException | None, result: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    answering = Answering(Failing(how), EVALUATOR, metrics, seconds=0.05)
    with caplog.at_level(logging.WARNING):
        async with TestClient(TestServer(answering.application)) as client:
            response = await ask(client, review(pod()))
    (warning,) = response["warnings"]
    assert said in warning
    assert "secret content" not in warning
    assert counted(metrics, result) == 1
    assert f"ml/churn-: {warning}" in caplog.text


async def test_the_log_says_nothing_of_what_is_in_a_pod(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    about = pod(**{wire.LABEL_INJECT: "gone"})
    about["spec"] = {"containers": [{"name": "model", "env": [{"name": "PASSWORD", "value": "hunter2"}]}]}
    with caplog.at_level(logging.DEBUG):
        await ask(server, review(about))
    assert "ml/churn-" in caplog.text
    assert "hunter2" not in caplog.text


async def test_a_warning_is_one_line_that_the_api_server_does_not_cut(
    server: Server, cluster: Memory
) -> None:
    put(
        cluster,
        "ConfigMap",
        "churn-evaluator",
        data={wire.KEY_INJECTION: json.dumps({"x" * 999: 1, "y\n": 2})},
    )
    (warning,) = (await ask(server, review(pod())))["warnings"]
    assert len(warning) <= 240
    assert warning == " ".join(warning.split())


REVIEW = json.dumps(review(pod()))
REFUSED = {
    "not JSON": (b"{", 400),
    "nothing": (b"", 400),
    "a list": (b"[]", 400),
    "too deep": (b"[" * 100_000, 400),
    "not text": (b"\xff\xfe\x00", 400),
    "v1beta1": (REVIEW.replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1").encode(), 400),
    "another kind": (REVIEW.replace("AdmissionReview", "ConversionReview").encode(), 400),
    "no uid": (REVIEW.replace('"u-1"', "null").encode(), 400),
    "no namespace": (REVIEW.replace('"namespace": "ml"', '"namespace": ""').encode(), 400),
    "a path as namespace": (REVIEW.replace('"ml"', '"../../x"').encode(), 400),
    "too large": (b" " * (MOST_BYTES + 1), 413),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_question_is_refused(server: Server, cluster: Memory, name: str) -> None:
    body, status = REFUSED[name]
    async with server.post(
        "/inject", data=io.BytesIO(body), headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == status, await answer.text()
        assert "expected" in await answer.text()
    assert not cluster.reads


async def test_a_body_that_is_not_said_to_be_json_is_refused(server: Server) -> None:
    async with server.post("/inject", data=REVIEW, headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 415


async def test_there_is_nothing_else_to_ask(server: Server) -> None:
    for path, method in (("/", "POST"), ("/metrics", "GET"), ("/inject", "GET")):
        async with server.request(method, path) as answer:
            assert answer.status in {404, 405}


async def test_a_replica_that_leaves_ends_its_connections_with_their_next_answer(
    cluster: Memory, metrics: Metrics
) -> None:
    answering = Answering(cluster, EVALUATOR, metrics)
    async with TestClient(TestServer(answering.application)) as client:
        for leaving in (False, True):
            answering.leaving = leaving
            async with client.post("/inject", json=review(pod())) as answer:
                assert (answer.headers.get("Connection") == "close") is leaving


async def test_a_pod_that_brings_its_own_evaluator_is_labelled_and_nothing_else(server: Server) -> None:
    own = pod()
    own["spec"] = {"containers": [MODEL, {"name": wire.EVALUATOR, "image": "their-own"}]}
    said = await ask(server, review(own))
    made = jsonpatch.apply_patch(own, json.loads(base64.b64decode(said["patch"])))
    assert made["spec"] == own["spec"]
    assert made["metadata"]["labels"] == {**own["metadata"]["labels"], wire.LABEL_EVALUATOR: "churn"}


async def test_a_trial_is_told_that_it_was_asked_about(server: Server) -> None:
    made = webhooks.trial(Webhook("system", "s"))
    kind = {"group": "coordination.k8s.io", "version": "v1", "kind": "Lease"}
    said = await ask(server, review(made, kind=kind, dryRun=True))
    assert webhooks.is_answered(jsonpatch.apply_patch(made, json.loads(base64.b64decode(said["patch"]))))
