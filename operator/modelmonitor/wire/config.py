"""The evaluator's config: one JSON file, rendered by the operator or written by hand."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from modelmonitor.errors import Problem
from modelmonitor.wire import reading
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.numbers import label_number


class Task(StrEnum):
    """What kind of prediction the model makes."""

    BINARY = "BinaryClassification"
    MULTICLASS = "MulticlassClassification"
    REGRESSION = "Regression"
    RANKING = "Ranking"


class Mode(StrEnum):
    """How predictions come in."""

    PROXY = "Proxy"
    CLOUD_EVENTS = "CloudEvents"
    SDK = "Sdk"


class Protocol(StrEnum):
    """What requests and responses of the model look like."""

    OPEN_INFERENCE = "OpenInference"
    KSERVE_V1 = "KServeV1"
    MLFLOW = "MLflow"
    JSON = "Json"


class StoreKind(StrEnum):
    """Where predictions wait for their labels."""

    MEMORY = "Memory"
    REDIS = "Redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is predicted and how it is judged."""

    task: Task
    """What kind of thing it predicts; decides which quality is counted."""
    classes: tuple[str, ...] = ()
    """In the order of a score vector. Default: those of the reference; without one, Binary: 0 and 1."""
    positive_class: str = "1"
    """Of two classes, the one that is looked for: scores are its probability."""
    decision_threshold: float = 0.5
    """A score of at least this much is the positive class (Binary, where no prediction is sent)."""
    thresholds: tuple[float, ...] = (0.3, 0.5, 0.7)
    """Scores at which precision, recall and F1 are told."""
    ranking_depths: tuple[int, ...] = (5, 10)
    """K of NDCG@K and its kin, 1 to 1000."""
    segments: tuple[str, ...] = ()
    """Columns whose values (declared by the reference) get quality metrics of their own."""
    protected_attributes: tuple[str, ...] = ()
    """Columns whose values (declared by the reference) are compared for fairness."""

    @property
    def cuts(self) -> str:
        """All thresholds, ascending, as one text: the label `thresholds` of scores; they shape its edges."""
        return _cuts(frozenset({self.decision_threshold, *self.thresholds}))

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if not 0 < self.decision_threshold < 1:
            yield Problem("decisionThreshold", "a number between 0 and 1", str(self.decision_threshold))
        for number, threshold in enumerate(self.thresholds):
            if not 0 < threshold < 1:
                yield Problem(f"thresholds[{number}]", "a number between 0 and 1", str(threshold))
        if self.task is Task.RANKING and not self.ranking_depths:
            yield Problem("rankingDepths", "at least one depth", "none")
        for number, depth in enumerate(self.ranking_depths):
            if not 1 <= depth <= 1000:
                yield Problem(f"rankingDepths[{number}]", "a whole number from 1 to 1000", str(depth))
        if OTHER in self.classes:
            yield Problem("classes", f"names other than {OTHER}", OTHER, "this name stands for all others")
        yield from repeated("classes", self.classes)
        yield from repeated("segments", self.segments)
        yield from repeated("protectedAttributes", self.protected_attributes)
        if self.task is Task.BINARY and self.classes and self.positive_class not in self.classes:
            yield Problem("positiveClass", f"one of {', '.join(self.classes)}", self.positive_class)
        if self.task is Task.BINARY and self.classes and len(self.classes) != 2:
            yield Problem("classes", "two of them", str(len(self.classes)), "use MulticlassClassification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where things are in requests and responses: names, or, with Json, paths such as `data[*].age`."""

    prediction: str | None = None
    """Of the predicted class, number or ranked items in the response. Default: what looks like it."""
    score: str | None = None
    """Of the score or the scores in the response. Default: what looks like them."""
    id: str | None = None
    """Of the prediction id: first in the request, then in the response. Default: headers and protocol."""
    features: str | None = None
    """Json only: path to the features of a request, as objects or as lists in the order of `names`."""
    names: tuple[str, ...] = ()
    """Of features that come without: columns of one tensor, lists. Default: the reference's, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """How predictions come in."""

    mode: Mode = Mode.PROXY
    """Callers connect to the evaluator, a logger sends it events, or the model's own code tells it."""
    protocol: Protocol = Protocol.OPEN_INFERENCE
    """Of requests and responses, also of those that are logged."""
    columns: Columns = Columns()
    """Where to look in them."""
    paths: tuple[str, ...] = ()
    """Paths of predictions, `*` for anything but a slash. Default: those of the protocol."""
    max_body_bytes: int = 1 << 20
    """Larger bodies pass unparsed and are counted; 1 KiB to 128 MiB. Read when the evaluator starts."""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if not 1 << 10 <= self.max_body_bytes <= 1 << 27:
            yield Problem("maxBodyBytes", "a number from 1024 to 134217728", str(self.max_body_bytes))
        if self.protocol is Protocol.JSON and not self.paths and self.mode is Mode.PROXY:
            yield Problem("paths", "at least one path", "none", "name the model's prediction path")
        for number, path in enumerate(self.paths):
            if not path.startswith("/"):
                yield Problem(f"paths[{number}]", "a path that begins with /", repr(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """How predictions wait for the truth."""

    maturity_seconds: float = 86_400.0
    """How long a label may take before its prediction counts as unlabelled; 1 second to 366 days."""
    implicit: str | None = None
    """What silence until maturity means: a class, a number; for a ranking any text: nothing relevant.

    Default: it means nothing, the prediction is unlabelled.
    """
    sampling: float = 1.0
    """Share of prediction ids that wait for a label, chosen by their hash."""
    store: StoreKind = StoreKind.MEMORY
    """Memory is right for one replica; several share a Redis, which also outlives restarts."""
    max_bytes: int = 16 << 20
    """Bound of what waits in this process: the memory store, or records that Redis could not take yet.

    64 KiB to 16 GiB.
    """

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if not 1 <= self.maturity_seconds <= 366 * 86_400:
            yield Problem("maturitySeconds", "1 to 31622400 seconds", str(self.maturity_seconds))
        if not 0 < self.sampling <= 1:
            yield Problem("sampling", "a share above 0, at most 1", str(self.sampling))
        if not 1 << 16 <= self.max_bytes <= 1 << 34:
            yield Problem("maxBytes", "65536 to 17179869184 bytes", str(self.max_bytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorConfig:
    """All that an evaluator is told; without it, it is a tee that counts requests."""

    monitor: str
    """Name: the label `monitor` of every metric."""
    namespace: str = ""
    """Keeps monitors of one name apart in a Redis that they share."""
    model: Model
    """What is predicted."""
    capture: Capture = Capture()
    """How predictions come in."""
    labels: Labels = Labels()
    """How they wait for the truth."""
    latency_thresholds: tuple[float, ...] = ()
    """Seconds below which a request is fast, one for each latency objective."""
    max_series: int = 2000
    """How many series a pod may expose, at most 100,000; a config that asks for more is not used."""
    hash: str = field(init=False, default="")
    """Of the whole config, 10 hexadecimal digits."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", digest(reading.write(self)))

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if not self.monitor:
            yield Problem("monitor", "a name", "an empty text")
        for number, seconds in enumerate(self.latency_thresholds):
            if not 0 < seconds <= 3600:
                yield Problem(f"latencyThresholds[{number}]", "seconds above 0", str(seconds))
        if not 1 <= self.max_series <= 100_000:
            yield Problem("maxSeries", "1 to 100000", str(self.max_series))


@lru_cache(maxsize=64)  # rules ask for them hundreds of times
def _cuts(thresholds: frozenset[float]) -> str:
    return ",".join(map(label_number, sorted(thresholds)))


def repeated(path: str, names: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem if a name is there twice: each stands for series of its own."""
    told = list(names)
    if len(set(told)) < len(told):
        yield Problem(path, "names that differ", str(told)[:60])


def digest(document: object) -> str:
    """Return 10 hexadecimal digits of a JSON document's canonical form."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
