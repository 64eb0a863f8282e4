"""The references that are labelled as such: where each is, and which version; never their content."""

from collections.abc import Iterator, Mapping
from typing import Any

from modelmonitor.cluster.family import ChildKey

Place = tuple[str, str]
"""Namespace, name."""


class Shelf:
    """What a watch has told of the ConfigMaps that carry the label of a reference."""

    def __init__(self) -> None:
        self._versions: dict[Place, str] = {}

    def version(self, place: Place) -> str | None:
        """Return the version of a reference; None where none is known: it may be there without the label."""
        return self._versions.get(place)

    def see(self, _: str, body: Mapping[str, Any]) -> Place | None:
        """Remember a reference; return its place if this is news."""
        about = body["metadata"]
        place, version = (about["namespace"], about["name"]), str(about["resourceVersion"])
        if self._versions.get(place) == version:
            return None
        self._versions[place] = version
        return place

    def lose(self, key: ChildKey) -> Place | None:
        """Forget a reference; return its place if it was known."""
        place = key[1:]
        return place if self._versions.pop(place, None) is not None else None

    def keys(self, kind: str, namespace: str | None) -> Iterator[ChildKey]:
        """Yield the known references of a namespace (None: of all)."""
        yield from [(kind, *place) for place in self._versions if namespace in {None, place[0]}]
