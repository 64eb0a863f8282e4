"""Processor, memory and accelerators: the worst container of the monitor's own pods, against its limit."""

import pytest

from modelmonitor.plan import names, promql, resources
from promtool import pods
from promtool.pods import counted, fires
from promtool.runner import MINUTE, Ask, Json, Promtool, Simulation, counter, gauge

pytestmark = pytest.mark.promtool

SHORT = names.RESOURCES_ALERT
GIB = 2**30


def container(pod: str, name: str, cores: float, gib: float, namespace: str = "default") -> dict[str, str]:
    """A container with limits of 2 cores and 4 GiB that uses so much, told twice as some installations do."""
    where = {"namespace": namespace, "pod": pod, "container": name}
    limits = {
        promql.selector(
            "kube_pod_container_resource_limits", {**where, "resource": kind, "instance": told}
        ): gauge((60, limit))
        for kind, limit in (("cpu", 2), ("memory", 4 * GIB))
        for told in ("x", "y")
    }
    cpu = promql.selector("container_cpu_usage_seconds_total", {**where, "cpu": "total"})
    return {**limits, cpu: counter((60, 60 * cores)), memory(**where): gauge((60, gib * GIB))}


def set_in_cgroups(pod: str, name: str, cores: float, gib: float) -> dict[str, str]:
    """A container of 2 cores and 4 GiB of whose limits cAdvisor alone tells."""
    where = {"namespace": "default", "pod": pod, "container": name, "id": f"/kubepods/{pod}/{name}"}
    told = {"cpu_quota": 200_000, "cpu_period": 100_000, "memory_limit_bytes": 4 * GIB}
    limits = {
        promql.selector(f"container_spec_{limit}", where): gauge((60, value)) for limit, value in told.items()
    }
    cpu = promql.selector("container_cpu_usage_seconds_total", {**where, "cpu": "total"})
    return {**limits, cpu: counter((60, 60 * cores)), memory(**where): gauge((60, gib * GIB))}


def memory(namespace: str, **where: str) -> str:
    return promql.selector("container_memory_working_set_bytes", {"namespace": namespace, **where})


def evaluators(*names_of_pods: str) -> dict[str, str]:
    return {counted("evaluator_info", pod, state="counting"): gauge((60, 1)) for pod in names_of_pods}


def gpu(busy: float, used: float, pod: str, prefix: str = "", uuid: str = "GPU-1") -> dict[str, str]:
    where = {f"{prefix}namespace": "default", f"{prefix}pod": pod, "UUID": uuid}
    own = {"namespace": "gpu-operator", "pod": "dcgm-exporter"} if prefix else {}
    values = {"GPU_UTIL": busy, "FB_USED": used, "FB_FREE": 16000 - used}
    return {
        promql.selector(f"DCGM_FI_DEV_{name}", {**own, **where}): gauge((60, value))
        for name, value in values.items()
    }


def simulation(*series: dict[str, str], asks: list[Ask]) -> Simulation:
    return Simulation(pods.held(resources.groups(pods.scope(), pods.LINKS)), pods.together(*series), asks)


def shares(kind: str, expected: dict[str, float]) -> list[Ask]:
    record = f'{names.RESOURCE}{{resource="{kind}"}}'
    asks = [Ask(f"count({record})", 30 * MINUTE, {"{}": len(expected)} if expected else {})]
    for pod, value in expected.items():
        one = pods.recorded(names.RESOURCE, resource=kind, pod=pod)
        asks.append(Ask(f"sum(abs({one} - {value}) < bool 1e-9)", 30 * MINUTE, {"{}": 1}))
    return asks


def crowded() -> Simulation:
    """Beside ours: a pod of another monitor, one of the same name elsewhere, a pause container, no limits."""
    return simulation(
        evaluators("a", "b", "unlimited"),
        container("a", "model", 1.5, 1),
        container("a", "modelmonitor-evaluator", 0.1, 0.4),
        container("b", "model", 0.5, 3.5),
        container("other", "model", 1.9, 3.9),
        container("a", "model", 1.99, 3.99, namespace="elsewhere"),
        {
            memory("default", pod="unlimited", container="model"): gauge((60, GIB)),
            memory("default", pod="a"): gauge((60, 4 * GIB)),
        },
        asks=[
            *shares("cpu", {"a": 0.75, "b": 0.25}),
            *shares("memory", {"a": 0.25, "b": 0.875}),
            *shares("gpu", {}),
            fires(SHORT, 14 * MINUTE),
            Ask('count(ALERTS{alertstate="firing"})', 30 * MINUTE, {"{}": 2}),
        ],
    )


def without_kube_state_metrics() -> Simulation:
    """Beside our two: a container without limits, which cAdvisor tells as none for cpu and 0 for memory."""
    free = {"namespace": "default", "pod": "b", "container": "unlimited"}
    return simulation(
        evaluators("a", "b"),
        set_in_cgroups("a", "model", 1.5, 1),
        set_in_cgroups("a", "modelmonitor-evaluator", 0.1, 0.4),
        container("b", "model", 0.5, 3.5),
        {
            memory(**free): gauge((60, GIB)),
            promql.selector("container_spec_memory_limit_bytes", free): gauge((60, 0)),
            promql.selector("container_spec_memory_limit_bytes", {**free, "container": "model"}): gauge(
                (60, GIB)
            ),
            promql.selector("container_spec_memory_limit_bytes", {**free, "container": ""}): gauge((60, GIB)),
        },
        asks=[*shares("cpu", {"a": 0.75, "b": 0.25}), *shares("memory", {"a": 0.25, "b": 0.875})],
    )


def accelerated() -> Simulation:
    return simulation(
        evaluators("a", "b"),
        gpu(95, 8000, "a"),
        gpu(20, 15000, "b", "exported_"),
        gpu(30, 1000, "b", "exported_", "GPU-2"),
        gpu(99, 15999, "other", "exported_", "GPU-3"),
        asks=[
            *shares("gpu", {"a": 0.95, "b": 0.3}),
            *shares("gpu_memory", {"a": 0.5, "b": 0.9375}),
            Ask('count(ALERTS{alertstate="firing"})', 30 * MINUTE, {"{}": 2}),
        ],
    )


def test_the_worst_container_of_each_pod_counts_against_its_own_limit(promtool: Promtool) -> None:
    assert promtool.run(crowded()) == ""


def test_limits_are_those_of_the_cgroups_where_nothing_else_tells_them(promtool: Promtool) -> None:
    assert promtool.run(without_kube_state_metrics()) == ""


def test_accelerators_are_found_by_either_name_of_their_pod(promtool: Promtool) -> None:
    assert promtool.run(accelerated()) == ""


def test_where_nothing_is_measured_nothing_is_told(promtool: Promtool) -> None:
    asks = [Ask(f'{{__name__=~"{names.RESOURCE}|ALERTS"}}', 30 * MINUTE, {})]
    assert promtool.run(simulation(evaluators("a"), asks=asks)) == ""
    assert promtool.run(simulation(container("a", "model", 1.9, 3.9), asks=asks)) == ""


def test_enough_is_no_alarm(promtool: Promtool) -> None:
    used = container("a", "model", 1.4, 3.2)  # 70 and 80 percent, exactly
    assert promtool.run(simulation(evaluators("a"), used, asks=[fires(SHORT, 50 * MINUTE)])) == ""


def test_the_alert_names_the_worst_pods(promtool: Promtool) -> None:
    crowd = crowded()
    alert: Json = {"eval_time": "30m", "alertname": SHORT, "exp_alerts": []}
    told = promtool.run(Simulation(crowd.groups, crowd.series, [], alerts=[alert]))
    assert "default/churn: memory runs short" in told
    assert "uses 87.5% of its limit" in told
    assert "Worst pods: b 87.5%; a 25%; " in told


WORST = r"^max by \(namespace, pod\)"
MISTAKES = {
    "pods of others count": (crowded, r"(?s)\nand on .*", ""),
    "a limit counts as often as it is told": (crowded, r"/ on (.*?) \(\(max by", r"/ on \1 ((sum by"),
    "what is declared does not go first": (
        without_kube_state_metrics,
        r"(?s)\(\((max by.*?)\nor (max by.*?)\) > 0\)",
        r"((\2 or \1) > 0)",
    ),
    "containers are averaged": (crowded, WORST, "avg by (namespace, pod)"),
    "devices are averaged": (accelerated, WORST, "avg by (namespace, pod)"),
    "the exporter's pod is the model's": (accelerated, '"exported_pod"', '"pod"'),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str, promtool: Promtool) -> None:
    world, old, new = MISTAKES[mistake]
    assert pods.dies(promtool, world(), (names.RESOURCE, old, new))
