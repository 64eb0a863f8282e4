"""A monitor as commented YAML: what was seen of the target, and the thresholds that users expect."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelmonitor import wire
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.initialising.target import Target
from modelmonitor.cli.legible import in_one_line
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
_OF_FLOWS = frozenset(",[]{}")
_LONGEST_REASON = 400


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
    replayed
        The reference is of requests that were sent to us, not of those that callers of the Service send.
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
    replayed: bool = False

    @property
    def learning(self) -> str:
        """The command that learns from callers."""
        where = f"{self.target.kind.lower()}/{self.target.name} -n {self.target.namespace}"
        return f"kubectl modelmonitor init {where} --profile-traffic 10m"


def draft(seen: Seen) -> str:
    """Write the monitor."""
    target = seen.target
    lines = [
        f"# Written by `modelmonitor init {target.kind.lower()}/{target.name}`: {_sight(seen)}.",
        "# Read it, change what you promise, then: modelmonitor validate FILE && kubectl apply -f FILE",
        f"apiVersion: {wire.API_VERSION}",
        f"kind: {wire.KIND}",
        "metadata:",
        f"  name: {_scalar(seen.name)}",
        f"  namespace: {_scalar(target.namespace)}",
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
    yield f"targetRef: {{kind: {target.kind}, name: {_scalar(target.name)}{other}}}"
    yield "model:"
    yield from _indented(_model(seen), 2)
    yield from _capture(seen)
    yield from reference(seen)
    objectives = list(_objectives(seen))
    none = "" if any(not line.startswith("#") for line in objectives) else " []"
    yield f"objectives:{none:<17}# promises over 30 days, each with its budget and burn-rate alerts"
    yield from _indented(objectives, 2)
    yield from judgements(seen)
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
        yield f"# capture by Proxy is not possible yet: {_remark(obstacle)}"
    lines = [
        "capture:                    # an evaluator beside the model counts requests, features and quality",
        "  mode: Proxy               # callers reach it by the same Service; or Sdk, CloudEvents",
        f"  protocol: {server.protocol.value}",
        f"  port: {_scalar(port.name if port and port.name else 'http')}",
    ]
    if server.paths:
        lines.append(f"  paths: [{', '.join(map(_scalar, server.paths))}]  # where predictions are asked for")
    where = {"features": server.features} if server.protocol is Protocol.JSON else {}
    columns = {**where, **({"names": list(seen.names)} if seen.names else {})}
    if columns:
        lines.append("  columns:                  # where features are, or their names")
        lines += _indented(to_yaml(columns).splitlines(), 4)
    lines += [
        f"  tokenSecretRef: {{name: {seen.name}-readers}}   # may be absent; by its token people read along,",
        "                            # features included, as init --profile-traffic does",
    ]
    if server.note:
        yield f"# {server.name}: {server.note}"
    yield from (f"# {line}" if obstacles else line for line in lines)


def reference(seen: Seen) -> Iterator[str]:
    """Write which reference there is, or how one is made."""
    captured = not list(seen.target.obstacles())
    if seen.reference:
        yield f"reference: {{configMapRef: {{name: {_scalar(seen.reference)}}}}}"
        if not (seen.replayed and captured):
            return
        yield "# It is of requests that were sent to init. One of what callers of the Service send"
    else:
        yield "# reference:                # what the model saw when it was good, for drift and degradation"
        yield f"#   configMapRef: {{name: {seen.name}-reference}}   # modelmonitor profile, or init --data"
        if not captured:
            return
        yield "# A reference of what callers of the Service send"
    yield "# (and of what came true, if labels come) is learnt in two steps: apply this, then"
    yield f"#   kubectl create secret generic {seen.name}-readers -n {seen.target.namespace} \\"
    yield '#     --from-literal=token="$(openssl rand -hex 20)"'
    yield f"#   {seen.learning}"


def _objectives(seen: Seen) -> Iterator[str]:
    exposed, captured = seen.exposed, not list(seen.target.obstacles())
    job = f'job="{seen.target.name}"'
    if captured or exposed.counter:
        yield "- name: availability"
        yield "  objective: 99.9           # error rate below 0.1 %"
        own = f"{{counter: {_scalar(exposed.counter)}, badSelector: '{exposed.bad}', selector: '{job}'}}"
        yield f"  sli: {{availability: {'{}' if captured else own}}}"
    if captured or exposed.histogram:
        own = f", histogram: {_scalar(exposed.histogram)}, selector: '{job}'" if not captured else ""
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


def judgements(seen: Seen, present: Container[str] | None = None) -> Iterator[str]:
    """Write drift, data quality and degradation, as far as the reference has them and can tell.

    Parameters
    ----------
    present
        What a monitor has already: only what it lacks, and could have, is written. Default: there is none.
    """
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
        if present is not None and (name in present or not wanted):
            continue
        for reason in seen.refused.get(name, ()):
            yield f"# {name} is not possible yet: {_remark(reason)}"
        yield from (line if wanted and name not in seen.refused else f"# {line}" for line in lines)


def _scalar(text: str) -> str:
    """Write a text of others, so that it is read as a text, and as one, within brackets as well."""
    written = json.dumps(text, ensure_ascii=False) if "\n" in text else to_yaml(text).rstrip()
    quoted = written[0] in "\"'"
    return written if quoted or _OF_FLOWS.isdisjoint(text) else json.dumps(text, ensure_ascii=False)


def _remark(text: str) -> str:
    return in_one_line(text, _LONGEST_REASON)


def _indented(lines: Iterator[str] | Sequence[str], by: int) -> Iterator[str]:
    for line in lines:
        yield f"{' ' * by}{line}"
