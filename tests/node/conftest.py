"""The running local cluster, and a namespace of each test module's own in it."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import tools
from images import build
from node.namespaces import Namespace, kubeconfig


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    if not kubeconfig().exists():
        pytest.fail(f"expected the local cluster, got no {kubeconfig()}; start it by `make cluster-up`")
    image = build.image("python-3.13")
    local = Path(tools.__file__).parent / "cluster" / "local.py"
    subprocess.run([sys.executable, str(local), "load", str(image.archive)], check=True, capture_output=True)
    own = Namespace(f"node-test-{uuid.uuid4().hex[:6]}", image.reference)
    own.kubectl("create", "namespace", own.name)
    yield own
    own.kubectl("delete", "namespace", own.name, "--wait=false")
