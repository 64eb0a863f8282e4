"""A monitor as commented YAML: what was seen of the target, and the thresholds that users expect."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelmonitor import wire
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.initialising.target import Target
from modelmonitor.plan.yamltext import to_yaml
from modelmonitor.wire.config import Protocol, Task
from modelmonitor.wire.profile import Profile

_QUALITY = {
    Task.BINARY: (("Precision", 90), ("Recall", 85), ("F1", 87)),
    Task.MULTICLASS: (("Accuracy", 90),),
    Task.REGRESSION: (),
    Task.RANKING: (),
}
"""What users expect in percent; each is the share of good answers, or close to one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known before a monitor is written.

    Attributes
    ----------
    task
        None: it could not be told.
    reference
        Name of the ConfigMap of the profile.
    names
        Names of features that come without.
    refused
        Blocks of the spec that this reference does not allow, and why.
    """

    name: str
    target: Target
    server: Server
    exposed: Exposed
    task: Task | None = None
    profile: Profile | None = None
    reference: str = ""
    names: tuple[str, ...] = ()
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)


def draft(seen: Seen) -> str:
    """Write the monitor."""
    target = seen.target
    lines = [
        f"# Written by `modelmonitor init {target.kind.lower()}/{target.name}`: {_sight(seen)}.",
        "# Read it, change what you promise, then: modelmonitor validate FILE && kubectl apply -f FILE",
        f"apiVersion: {wire.API_VERSION}",
        f"kind: {wire.KIND}",
        "metadata:",
        f"  name: {seen.name}",
        f"  namespace: {target.namespace}",
        "spec:",
        *_indented(_spec(seen), 2),
    ]
    return "\n".join(lines) + "\n"


def _sight(seen: Seen) -> str:
    port = seen.target.port
    where = f" at port {port.name or port.number}" if port else ""
    return f"{seen.server.name}{where}"


def _spec(seen: Seen) -> Iterator[str]:
    target = seen.target
    other = "" if target.api_version == "apps/v1" else f", apiVersion: {target.api_version}"
    yield f"targetRef: {{kind: {target.kind}, name: {target.name}{other}}}"
    yield "model:"
    yield from _indented(_model(seen), 2)
    yield from _capture(seen)
    yield from _reference(seen)
    objectives = list(_objectives(seen))
    none = "" if any(not line.startswith("#") for line in objectives) else " []"
    yield f"objectives:{none:<17}# promises over 30 days, each with its budget and burn-rate alerts"
    yield from _indented(objectives, 2)
    yield from _judgements(seen)
    yield "dashboards: {}              # of three audiences; modelmonitor open shows them, too"
    yield "# alerts:                   # who is told; each address is in a Secret of this namespace"
    yield "#   routes:"
    yield "#     critical: {pagerDuty: {routingKey: {name: oncall, key: key}}}"
    yield "#     warning: {slack: {apiURL: {name: slack, key: url}, channel: '#ml'}}"


def _model(seen: Seen) -> Iterator[str]:
    task = seen.task or Task.BINARY
    unsure = (
        ""
        if seen.task
        else "    # not to be seen from outside: or MulticlassClassification, Regression, Ranking"
    )
    yield f"task: {task.value}{unsure}"
    classes = seen.profile.classes if seen.profile else ()
    if task is Task.MULTICLASS and not classes:
        yield 'classes: ["0", "1", "2"]   # name yours, in the order of a score vector'
    if task is Task.BINARY and len(classes) == 2:
        yield to_yaml({"positiveClass": classes[1]}).rstrip()
    elif task is Task.BINARY:
        yield '# positiveClass: "1"      # the class that is looked for'


def _capture(seen: Seen) -> Iterator[str]:
    """Write how predictions are captured; commented out where they could not be."""
    obstacles, server, port = list(seen.target.obstacles()), seen.server, seen.target.port
    for obstacle in obstacles:
        yield f"# capture by Proxy is not possible yet: {obstacle}"
    lines = [
        "capture:                    # an evaluator beside the model counts requests, features and quality",
        "  mode: Proxy               # callers reach it by the same Service; or Sdk, CloudEvents",
        f"  protocol: {server.protocol.value}",
        f"  port: {port.name if port and port.name else 'http'}",
    ]
    if server.paths:
        lines.append(f"  paths: [{', '.join(server.paths)}]  # where predictions are asked for")
    where = {"features": server.features} if server.protocol is Protocol.JSON else {}
    columns = {**where, **({"names": list(seen.names)} if seen.names else {})}
    if columns:
        lines.append("  columns:                  # where features are, or their names")
        lines += _indented(to_yaml(columns).splitlines(), 4)
    if server.note:
        yield f"# {server.name}: {server.note}"
    yield from (f"# {line}" if obstacles else line for line in lines)


def _reference(seen: Seen) -> Iterator[str]:
    if seen.reference:
        yield f"reference: {{configMapRef: {{name: {seen.reference}}}}}"
        return
    yield "# reference:                # what the model saw when it was good; drift and degradation need it:"
    yield f"#   configMapRef: {{name: {seen.name}-reference}}   # modelmonitor profile, or init --data"


def _objectives(seen: Seen) -> Iterator[str]:
    exposed, captured = seen.exposed, not list(seen.target.obstacles())
    job = f'job="{seen.target.name}"'
    if captured or exposed.counter:
        yield "- name: availability"
        yield "  objective: 99.9           # error rate below 0.1 %"
        own = f"{{counter: {exposed.counter}, badSelector: '{exposed.bad}', selector: '{job}'}}"
        yield f"  sli: {{availability: {'{}' if captured else own}}}"
    if captured or exposed.histogram:
        own = f", histogram: {exposed.histogram}, selector: '{job}'" if not captured else ""
        for name, percent, below in (("p95", 95, "100ms"), ("p99", 99, "200ms")):
            yield f"- name: fast-{name}"
            yield f"  objective: {percent}             # {name} below {below}"
            yield f"  sli: {{latency: {{below: {below}{own}}}}}"
    if captured and exposed.counter:
        yield f"# {exposed.counter} of the server itself counts requests, too: sli.availability.counter"
    if not captured and not (exposed.counter or exposed.histogram):
        yield "# - name: availability    # as soon as predictions are captured, or requests are counted"
        yield "#   objective: 99.9"
        yield "#   sli: {availability: {}}"
    for metric, percent in _QUALITY[seen.task or Task.BINARY]:
        yield f"# - name: {metric.lower():<16}# of predictions whose truth is known: send labels"
        yield f"#   objective: {percent}"
        yield f"#   sli: {{quality: {{metric: {metric}}}}}"


def _judgements(seen: Seen) -> Iterator[str]:
    """Write drift, data quality and degradation, as far as the reference has them and can tell."""
    compared = bool(seen.reference)
    judged = seen.profile is not None and bool(seen.profile.metrics)
    blocks = {
        "drift": (
            compared,
            (
                "drift:                      # PSI above 0.2 of a feature warns, 0.1 of the prediction pages",
                "  features: {statistic: PSI, tolerate: 0.2, severity: warning}",
            ),
        ),
        "dataQuality": (
            compared,
            ("dataQuality: {}             # missing, out of range, unseen, invalid values",),
        ),
        "labels": (
            judged,
            ("labels: {maturity: 24h}     # how long the truth may take; labels push sends it",),
        ),
        "degradation": (
            judged,
            ("degradation: {warning: 5%, critical: 10%}   # against the reference's own quality",),
        ),
    }
    for name, (wanted, lines) in blocks.items():
        for reason in seen.refused.get(name, ()):
            yield f"# {name} is not possible yet: {reason}"
        yield from (line if wanted and name not in seen.refused else f"# {line}" for line in lines)


def _indented(lines: Iterator[str] | Sequence[str], by: int) -> Iterator[str]:
    for line in lines:
        yield f"{' ' * by}{line}"
