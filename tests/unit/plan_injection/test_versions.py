"""The version of a model: what changes it, and that we never do."""

import copy
import random
from typing import Any

import pytest

import pods
from modelmonitor.plan import injection
from pods import PROXY, Json

EVERY = pytest.mark.parametrize("server", pods.SERVERS)


def merged(template: Json, marks: Json) -> Json:
    """Merge marks into a template, as server-side apply does with maps of strings."""
    metadata = dict(template["metadata"])
    for key, more in marks["spec"]["template"]["metadata"].items():
        metadata[key] = {**metadata.get(key, {}), **more}
    return {**template, "metadata": metadata}


def workload(template: Json) -> Json:
    about = {"name": "churn", "namespace": "ml", "uid": "1-2-3", "labels": {"team": "ml"}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": {"template": template}}


@EVERY
def test_our_marks_are_no_release(server: str) -> None:
    template = pods.template(server)
    marked = merged(template, injection.marks(workload(template), PROXY))
    assert marked != template
    marked["metadata"]["labels"]["modelmonitor.dev/evaluator"] = "churn"  # of a self-made patch
    assert injection.version(marked) == injection.version(template)


@EVERY
def test_what_controllers_and_restarts_add_is_no_release(server: str) -> None:
    template = pods.template(server)
    kept = copy.deepcopy(template)
    kept["metadata"]["creationTimestamp"] = None
    kept["metadata"]["labels"] |= {"pod-template-hash": "abc", "controller-revision-hash": "def"}
    kept["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-11-26T10:00:00Z"}
    assert injection.version({**kept, "$patch": "replace"}) == injection.version(template)


@EVERY
def test_the_order_of_keys_and_empty_maps_make_no_difference(server: str) -> None:
    template = pods.template(server)
    assert injection.version(_shuffled(template, random.Random(6))) == injection.version(template)


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    pairs = [(key, _shuffled(inner, chance)) for key, inner in value.items()]
    pairs += [(f"empty-{at}", empty) for at, empty in enumerate(({}, [], None, {"a": {}}))]
    chance.shuffle(pairs)
    return dict(pairs)


@pytest.mark.parametrize(
    "change",
    [
        ("spec", {"containers": [{"name": "model", "image": "model:2"}]}),
        ("metadata", {"labels": {"app": "churn", "track": "canary"}}),
        ("metadata", {"labels": {"app": "churn"}, "annotations": {"model": "2"}}),
    ],
)
def test_a_change_of_the_template_is_a_release(change: tuple[str, Json]) -> None:
    template = pods.template()
    assert injection.version({**template, change[0]: change[1]}) != injection.version(template)


def test_the_version_is_the_same_in_all_releases_of_the_operator() -> None:
    """Another would end every series of the model at once, and look like a release."""
    assert injection.version(pods.template()) == "4bc2ce420c"


def test_the_marks_are_a_label_and_an_annotation_of_the_template_and_a_label_to_find_them_by() -> None:
    assert injection.marks(workload(pods.template()), PROXY) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "churn",
            "namespace": "ml",
            "uid": "1-2-3",
            "labels": {"modelmonitor.dev/monitored-by": "churn"},
        },
        "spec": {
            "template": {
                "metadata": {
                    "labels": {"modelmonitor.dev/inject": "churn"},
                    "annotations": {"modelmonitor.dev/injection": PROXY.hash},
                }
            }
        },
    }


def test_without_marks_nothing_of_the_workload_is_ours() -> None:
    assert injection.unmarked(workload(pods.template())) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "churn", "namespace": "ml", "uid": "1-2-3"},
    }
