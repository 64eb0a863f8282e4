"""What is kept of watched objects, by their monitor."""

from typing import Any

from modelmonitor import wire
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import pod


def body(name: str, monitor: str = "churn", **about: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "ml", "name": name, "uid": name, "labels": {wire.LABEL_INJECT: monitor}}
        | about
    }


def test_an_object_is_news_to_its_monitor_when_its_record_changes() -> None:
    seen = Sighted(pod.of)
    assert seen.see("Pod", body("one")) == ("ml", "churn")
    assert seen.see("Pod", body("one", resourceVersion="2")) is None
    assert seen.see("Pod", body("one", deletionTimestamp="now")) == ("ml", "churn")
    assert [one.leaving for one in seen.of(("ml", "churn"))] == [True]


def test_an_object_moves_with_its_label_and_is_forgotten() -> None:
    seen = Sighted(pod.of)
    for name in ("one", "two"):
        seen.see("Pod", body(name))
    assert seen.see("Pod", body("one", "fraud")) == ("ml", "fraud")
    assert [one.name for one in seen.of(("ml", "churn"))] == ["two"]
    assert seen.lose(("Pod", "ml", "two")) == ("ml", "churn")
    assert seen.lose(("Pod", "ml", "two")) is None
    assert seen.monitors() == [("ml", "fraud")]
    assert list(seen.keys("Pod", None)) == [("Pod", "ml", "one")] == list(seen.keys("Pod", "ml"))
    assert not list(seen.keys("Pod", "other"))
    assert [one.name for one in seen.all()] == ["one"]
