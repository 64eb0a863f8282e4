"""What a user asks of `backtest`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from modelmonitor.api.duration import Duration

NO_DELAY = Duration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which columns are what; all others are features, if the reference knows them."""

    time: str
    id: str | None = None
    prediction: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    """Column of each class's score; of a single one, without a class: under an empty text."""
    target: str | None = None

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each option that names a column of the predictions, with the name."""
        for option in ("time", "id", "prediction", "target"):
            if name := getattr(self, option):
                yield f"--{option}", name
        yield from (("--score", name) for name in self.scores.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Where the truth of predictions comes from: a file of its own, or the target beside the prediction."""

    path: str | None = None
    """Of a file with id, target and the time at which it was known."""
    time: str | None = None
    """That file's column of times; by default named as that of the predictions."""
    delay: Duration = NO_DELAY
    """How long after its prediction a target that stands beside it was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is replayed, and over which time."""

    data: str
    roles: Roles
    truth: Truth
    since: float | None = None
    until: float | None = None
    """Unix seconds; rows outside are left out. A later `until` lets predictions mature after the last row."""
    step: Duration | None = None
    """Between two scrapes."""
