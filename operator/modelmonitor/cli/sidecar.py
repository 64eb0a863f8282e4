"""What `generate --sidecar` prints: the patch that adds the evaluator to the pods of a workload."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import yaml

from modelmonitor.api import ModelMonitor
from modelmonitor.cli import answers, reading, sources
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.cli.references import References
from modelmonitor.errors import NotInjectable
from modelmonitor.plan import Settings, rulefile
from modelmonitor.plan.injection import patching
from modelmonitor.plan.injection.described import described

_HEADER = """\
# The evaluator for the pods of {kind} {name}, by `modelmonitor generate --sidecar`; make it anew when
# `capture`, or the ports and probes of the model, change.
#
#   kubectl patch {kind_} {name} --namespace {namespace} --patch-file THIS_FILE
#
# or, with kustomize, `patches: [{{path: THIS_FILE}}]`.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file of the workload, and the image of its evaluator."""

    workload: str
    image: str


def run(paths: tuple[str, ...], namespace: str, reference: str | None, wanted: Wanted) -> int:
    """Print the patch, and return the exit status."""
    read = reading.monitors(paths, namespace)
    read.miss_none()
    references = References.of(read, reference)
    for found in read.found:
        references.examine(found)
    answers.say(read, quiet=True)
    if read.findings:
        return PROBLEMS
    workloads = list(_workloads(wanted.workload))
    pairs = [(it.monitor, one) for it in read.found for one in workloads if _is_target(it.monitor, one)]
    if len(pairs) != 1:
        raise click.UsageError(
            f"--sidecar: expected the target of one monitor with spec.capture in {wanted.workload}, got "
            f"{len(pairs)}; write it with `kubectl get deployment NAME -o yaml`"
        )
    return _print(*pairs[0], wanted.image)


def _print(monitor: ModelMonitor, workload: dict[str, Any], image: str) -> int:
    about = {
        "kind": workload["kind"],
        "kind_": workload["kind"].lower(),
        "name": workload["metadata"]["name"],
    }
    try:
        patch = patching.workload_patch(workload, described(monitor, Settings(evaluator_image=image)))
    except NotInjectable as obstacle:
        click.echo(str(obstacle), err=True)
        return PROBLEMS
    click.echo(_HEADER.format(namespace=monitor.namespace, **about) + rulefile.to_yaml(patch), nl=False)
    return 0


def _workloads(file: str) -> Iterator[dict[str, Any]]:
    source = sources.read(file)
    if source.refusal:
        raise click.UsageError(
            f"--sidecar {file}: expected a readable file with UTF-8 text, got {source.refusal}"
        )
    try:
        documents = list(yaml.safe_load_all(source.text))
    except yaml.YAMLError as error:
        raise click.UsageError(f"--sidecar {file}: expected YAML, got {error}") from None
    for document in documents:
        if isinstance(document, dict) and document.get("kind") in patching.VERSIONED_BY:
            yield document


def _is_target(monitor: ModelMonitor, workload: dict[str, Any]) -> bool:
    about, target = workload["metadata"], monitor.spec.target_ref
    return (
        monitor.spec.capture is not None
        and (target.kind, target.name) == (workload["kind"], about["name"])
        and about.get("namespace", monitor.namespace) == monitor.namespace
    )
