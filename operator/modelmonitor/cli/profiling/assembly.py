"""The counters of one profile: fed with chunks, then read out."""

from modelmonitor.cli.profiling import inference
from modelmonitor.cli.profiling.counting import CategoricalCounter, Counter, SliceCounter
from modelmonitor.cli.profiling.inference import Features
from modelmonitor.cli.profiling.judging import Classes, Values, numeric_counter
from modelmonitor.cli.profiling.outcomes import Outcomes
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.cli.profiling.survey import Survey
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import ColumnType, Profile, Slice


class Assembly:
    """All counters of a profile."""

    def __init__(self, request: Request, survey: Survey, features: Features, outcomes: Outcomes) -> None:
        self.rows = 0
        self._request, self._survey, self._task = request, survey, outcomes.task
        self._features = {name: self._feature(name, kind) for name, kind in features.types.items()}
        self._slices = {name: SliceCounter(name, values) for name, values in outcomes.slices.items()}
        self._judged: Classes | Values | None = None
        if outcomes.task in (Task.BINARY, Task.MULTICLASS):
            self._judged = Classes(request, survey, outcomes)
        elif outcomes.task is Task.REGRESSION:
            self._judged = Values(request, survey)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be read."""
        names = {*self._features, *self._request.classified, *self._request.scores.values()}
        return tuple(name for name in self._survey.columns if name in names)

    def add(self, chunk: Chunk) -> None:
        """Count the rows of a chunk."""
        self.rows += chunk.rows
        for name, counter in self._features.items():
            counter.add(chunk.cells[name])
        positive = self._judged.add(chunk) if self._judged else None
        for name, slices in self._slices.items():
            slices.add(self._survey.classes_of(chunk, name, slices.values), positive)

    def profile(self) -> Profile:
        """Return what was counted."""
        return Profile(
            rows=self.rows,
            task=self._task,
            columns=tuple(counter.column() for counter in self._features.values()),
            segments=self._told(self._request.segments),
            groups=self._told(self._request.groups),
            **(self._judged.fields() if self._judged else {}),
        )

    def _feature(self, name: str, kind: ColumnType) -> Counter:
        column = self._survey.columns[name]
        if kind is ColumnType.NUMERIC:
            return numeric_counter(name, column.numbers, self._request.cells)
        return CategoricalCounter(name, inference.categories(column))

    def _told(self, names: tuple[str, ...]) -> tuple[Slice, ...]:
        with_positives = self._task is Task.BINARY and self._request.target is not None
        return tuple(self._slices[name].slice(with_positives=with_positives) for name in names)
