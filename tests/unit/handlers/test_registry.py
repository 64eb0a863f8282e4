"""What is remembered of monitors, and whom a change concerns."""

from typing import Any

from modelmonitor.handlers.registry import Monitors


def body(name: str, target: str = "churn", *, generation: int = 1, **more: Any) -> dict[str, Any]:
    about = {"name": name, "namespace": "ml", "uid": f"uid-{name}", "generation": generation,
             "creationTimestamp": "2026-11-21T10:00:00Z", **more}  # fmt: skip
    return {"metadata": about, "spec": {"targetRef": {"name": target}}, "status": {"observedGeneration": 1}}


def test_the_object_comes_back_as_it_was() -> None:
    monitors = Monitors()
    monitors.see(body("a"))
    record = monitors.get(("ml", "a"))
    assert record is not None
    assert record.body()["spec"] == {"targetRef": {"name": "churn"}}
    assert record.body()["status"] == {"observedGeneration": 1}


def test_a_status_alone_concerns_nobody_but_is_kept() -> None:
    monitors = Monitors()
    assert monitors.see(body("a")) == {("ml", "a")}
    assert monitors.see({**body("a"), "status": {"observedGeneration": 2}}) == set()
    record = monitors.get(("ml", "a"))
    assert record is not None
    assert record.body()["status"] == {"observedGeneration": 2}


def test_a_new_spec_or_an_annotation_that_suspends_concerns_the_monitor() -> None:
    monitors = Monitors()
    monitors.see(body("a"))
    assert monitors.see(body("a", generation=2)) == {("ml", "a")}
    suspended = {"modelmonitor.dev/suspend": "true"}
    assert monitors.see(body("a", generation=2, annotations=suspended)) == {("ml", "a")}


def test_who_leaves_a_target_or_comes_to_it_concerns_the_others_there() -> None:
    monitors = Monitors()
    monitors.see(body("a"))
    assert monitors.see(body("b")) == {("ml", "a"), ("ml", "b")}
    monitors.see(body("c", "fraud"))
    assert monitors.see(body("b", "fraud", generation=2)) == {("ml", "a"), ("ml", "b"), ("ml", "c")}
    assert monitors.lose(("ml", "c")) == {("ml", "b")}


def test_an_api_version_is_no_part_of_a_target_and_a_group_is() -> None:
    monitors = Monitors()
    monitors.see(body("a"))
    other = body("b")
    other["spec"]["targetRef"] |= {"apiVersion": "apps/v1beta1", "kind": "Deployment"}
    monitors.see(other)
    elder = monitors.elder(("ml", "b"))
    assert elder is not None
    assert elder.key == ("ml", "a")
    other["spec"]["targetRef"]["apiVersion"] = "argoproj.io/v1alpha1"
    monitors.see({**other, "metadata": {**other["metadata"], "generation": 2}})
    assert monitors.elder(("ml", "b")) is None


def test_who_names_a_reference_is_known_until_it_names_another() -> None:
    monitors = Monitors()
    one, two = body("a"), body("b", "fraud")
    for named in (one, two):
        named["spec"]["reference"] = {"configMapRef": {"name": "shared"}}
        monitors.see(named)
    monitors.see(body("c", "plain"))
    assert monitors.naming(("ml", "shared")) == {("ml", "a"), ("ml", "b")}
    assert monitors.naming(("other", "shared")) == set()
    one["spec"]["reference"] = {"configMapRef": {"name": "own"}}
    monitors.see({**one, "metadata": {**one["metadata"], "generation": 2}})
    monitors.lose(("ml", "b"))
    assert monitors.naming(("ml", "shared")) == set()
    assert monitors.naming(("ml", "own")) == {("ml", "a")}
