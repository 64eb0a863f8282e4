"""Processor, memory and accelerators of the pods, where those metrics exist: container by container.

A pod belongs to the monitor while its evaluator is scraped. A container counts against its own limit, for
that is where it is slowed down or killed: one without a limit has no share. Limits are told by
kube-state-metrics, or else by cAdvisor, of which many installations keep no more than the use. Where neither
cAdvisor nor DCGM is scraped there is no sample, and no alert.
"""

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import alarms, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import Alert, Group, Recording, Rule
from modelmonitor.plan.scope import A_MINUTE, FIVE_MINUTES, Scope
from modelmonitor.wire import families

BOUNDS = {"cpu": "0.7", "memory": "0.8", "gpu": "0.8", "gpu_memory": "0.9"}
"""Shares above which there is an alert."""
HOLD = Duration.parse("15m")
"""A busy quarter of an hour is no surge, and a moment of rest is no end of one."""
_CONTAINER = "namespace, pod, container"
_CONTAINERS = 'container!="",container!="POD"'
"""What cAdvisor measures also is the pod as a whole, and its sandbox."""
_USED, _FREE, _BUSY = "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_GPU_UTIL"


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups."""
    shares = {
        "cpu": _of_limit(
            scope, "cpu", f"sum by ({_CONTAINER}) (rate({_used(scope, 'cpu')}[{FIVE_MINUTES}]))"
        ),
        "memory": _of_limit(scope, "memory", f"max by ({_CONTAINER}) ({_used(scope, 'memory')})"),
        "gpu": f"{_gpu(scope, _BUSY)} / 100",
        "gpu_memory": f"{_gpu(scope, _USED)} / ({_gpu(scope, _USED)} + {_gpu(scope, _FREE)} > 0)",
    }
    rules: tuple[Rule, ...] = (*(_share(scope, *it) for it in shares.items()), _alert(scope, links))
    return [Group("resources", rules, A_MINUTE)]


def _share(scope: Scope, kind: str, shares: str) -> Recording:
    """Record the share of a resource that each pod uses: that of its worst container or device."""
    ours = f"max by (namespace, pod) ({scope.counted(families.INFO)})"
    worst = f"max by (namespace, pod) ({shares})\nand on (namespace, pod) {ours}"
    return Recording(names.RESOURCE, worst, {**scope.identity, names.RESOURCE_KIND: kind})


def _of_limit(scope: Scope, resource: str, used: str) -> str:
    told = _selector(scope, "kube_pod_container_resource_limits", f'resource="{resource}"')
    limits = f"max by ({_CONTAINER}) ({told})\nor max by ({_CONTAINER}) ({_set(scope, resource)})"
    return f"{used}\n/ on ({_CONTAINER}) (({limits}) > 0)"


def _set(scope: Scope, resource: str) -> str:
    """Give the limit that cAdvisor reads from a container's cgroup: 0 or none where there is no limit."""
    if resource == "memory":
        return _selector(scope, "container_spec_memory_limit_bytes", _CONTAINERS)
    quota, period = (_selector(scope, f"container_spec_cpu_{it}", _CONTAINERS) for it in ("quota", "period"))
    return f"{quota} / {period}"


def _used(scope: Scope, resource: str) -> str:
    metric = {"cpu": "container_cpu_usage_seconds_total", "memory": "container_memory_working_set_bytes"}
    return _selector(scope, metric[resource], _CONTAINERS)


def _gpu(scope: Scope, metric: str) -> str:
    """Give a metric of each device by pod; many exporters are scraped so that the pod is `exported_pod`."""
    devices = "namespace, pod, UUID, GPU_I_ID"
    exported = promql.selector(metric, {"exported_namespace": scope.monitor.namespace})
    moved = f'label_replace({exported}, "pod", "$1", "exported_pod", "(.+)")'
    namespace = promql.string(scope.monitor.namespace)
    moved = f'label_replace({moved}, "namespace", {namespace}, "", "")'
    own = _selector(scope, metric, 'exported_pod=""')
    return f"max by ({devices}) ({moved} or {own})"


def _selector(scope: Scope, metric: str, matchers: str) -> str:
    return f"{promql.selector(metric, {names.NAMESPACE: scope.monitor.namespace})[:-1]},{matchers}}}"


def _alert(scope: Scope, links: Links) -> Alert:
    """Fire while the worst pod uses too much of a resource, once for each resource."""
    worst = [
        f"max by (resource) ({scope.recorded(names.RESOURCE, {names.RESOURCE_KIND: kind})}) > {bound}"
        for kind, bound in BOUNDS.items()
    ]
    pods = scope.recorded(names.RESOURCE).removesuffix("}") + ",resource=%q}"
    description = (
        "The worst pod uses {{ $value | humanizePercentage }} of its limit (of all of an accelerator), "
        f"for {HOLD} or longer. Worst pods: {{{{ range printf `topk(3, {pods})` $labels.resource | query }}}}"
        "{{ .Labels.pod }} {{ .Value | humanizePercentage }}; {{ end }}"
        "beyond it requests are slowed down (cpu, gpu) or the container is killed (memory)."
    )
    summary = "{{ $labels.resource }} runs short"
    alarm = Alarm(
        names.RESOURCES_ALERT, Severity.WARNING, "\nor ".join(worst), summary, description, HOLD, HOLD
    )
    return alarms.alert(scope, links, alarm)
