"""What is known of references: where they are, which version, and nothing else."""

from typing import Any

from modelmonitor.cluster.shelf import Shelf


def body(version: str, namespace: str = "ml") -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": "churn-reference", "resourceVersion": version}}


def test_a_new_version_is_news_and_the_same_is_not() -> None:
    shelf = Shelf()
    place = ("ml", "churn-reference")
    assert shelf.see("ConfigMap", body("1")) == place
    assert shelf.see("ConfigMap", body("1")) is None
    assert shelf.see("ConfigMap", body("2")) == place
    assert shelf.version(place) == "2"


def test_what_is_gone_is_news_once() -> None:
    shelf = Shelf()
    shelf.see("ConfigMap", body("1"))
    key = ("ConfigMap", "ml", "churn-reference")
    assert shelf.lose(key) == ("ml", "churn-reference")
    assert shelf.lose(key) is None
    assert shelf.version(("ml", "churn-reference")) is None


def test_references_are_listed_by_namespace() -> None:
    shelf = Shelf()
    for namespace in ("ml", "shop"):
        shelf.see("ConfigMap", body("1", namespace))
    assert list(shelf.keys("ConfigMap", "ml")) == [("ConfigMap", "ml", "churn-reference")]
    assert len(list(shelf.keys("ConfigMap", None))) == 2
