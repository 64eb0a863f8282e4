"""Names on the command line: what no object can have is refused before a cluster is asked for it."""

import pytest

from cli.running import Program
from modelmonitor.cli.reaching import naming


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", ""),
        ("status", "a/../b"),
        ("open", "Churn", "--no-browser"),
        ("labels", "push", "-", "--monitor", ".."),
        ("init", "deployment/"),
        ("init", "deploy/a/b"),
        ("init", "churn", "--name", "churn.v2"),
        ("status", "churn", "-n", "ML"),
    ],
)
def test_what_is_no_name_is_wrong_usage(modelmonitor: Program, arguments: tuple[str, ...]) -> None:
    answer = modelmonitor(*arguments, KUBECONFIG="/nowhere")
    assert answer.returncode == 2, answer.stderr
    assert "expected " in answer.stderr
    assert ", got '" in answer.stderr


@pytest.mark.parametrize("name", ["churn", "churn.v2", "123", "a" * 253])
def test_what_an_object_can_be_called_is_a_name(name: str) -> None:
    assert naming.object_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a..b", "-a", "a-", "a/b", "a\nb", "a\n", "chürn", "a" * 254]
)
def test_what_no_object_can_be_called_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="expected the name of a Kubernetes object"):
        naming.object_name(name)


@pytest.mark.parametrize("target", ["churn", "churn.v2", "123", "on", "a.b" * 80, f"{'a' * 39}.b"])
def test_every_workload_has_a_name_for_its_monitor(target: str) -> None:
    assert naming.monitor_name(naming.monitor_of(target))
