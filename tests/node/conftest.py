"""The running local cluster, and a namespace of each test module's own in it."""

import uuid
from collections.abc import Iterator

import pytest

from node import inside, model, monitored
from node.inside import Prometheus, Redis
from node.monitored import Monitored
from node.namespaces import Namespace, kubeconfig, load


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    if not kubeconfig().exists():
        pytest.fail(f"expected the local cluster, got no {kubeconfig()}; start it by `make cluster-up`")
    own = Namespace(f"node-test-{uuid.uuid4().hex[:6]}", load("python-3.13"))
    own.kubectl("create", "namespace", own.name)
    yield own
    own.kubectl("delete", "namespace", own.name, "--wait=false")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture(scope="module")
def sharing(
    namespace: Namespace, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Monitored]:
    """A namespace that an operator looks after, with what `model.labels_in_redis` asks for."""
    with monitored.operator(namespace, tmp_path_factory.mktemp("operator")) as found:
        namespace.apply(
            model.secret("churn-redis", url=redis.url), model.secret("senders", token=model.TOKEN)
        )
        yield found


@pytest.fixture(scope="module")
def scraped(sharing: Monitored) -> Iterator[Prometheus]:
    """A Prometheus that scrapes its evaluators every `inside.INTERVAL` seconds."""
    with inside.prometheus(sharing.folder / "prometheus", kubeconfig(), sharing.namespace.name) as found:
        yield found
