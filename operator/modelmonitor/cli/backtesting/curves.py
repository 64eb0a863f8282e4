"""The courses that a report draws: drift, quality, coverage and budgets over the time of the recording."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelmonitor.cli.backtesting.ordering import Step
from modelmonitor.cli.backtesting.server import Found, Server, Span
from modelmonitor.plan import names, promql
from modelmonitor.plan.rules import Recording
from modelmonitor.wire import families

_MOMENTS, _LINES, _CHARTS = 400, 6, 8
_WHOLE = 'segment="",class="",threshold="",average=""'
"""Quality of everything."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line: its name, and seconds with values."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines that belong together.

    Attributes
    ----------
    alerts
        Names of the alerts about it.
    limits
        Values that mean something, with what they mean.
    """

    title: str
    curves: Sequence[Curve]
    alerts: frozenset[str]
    limits: Sequence[tuple[float, str]] = ()
    percent: bool = False


def charts(server: Server, steps: Iterable[Step], scrapes: Span) -> list[Chart]:
    """Ask for the courses of what was recorded; those without a single value are left out."""
    asker = _Asker(server, scrapes)
    records = sorted({step.rule.record for step in steps if isinstance(step.rule, Recording)})
    drawn = [
        *(chart for name in records if name.startswith(names.DRIFT_EXCESS) for chart in asker.drift(name)),
        *(asker.flaws(name) for name in records if name.startswith(names.DATA_QUALITY)),
        *(chart for name in records if name.startswith(names.QUALITY) for chart in asker.quality(name)),
        *(asker.coverage(name) for name in records if name.startswith(names.COVERAGE)),
        *(asker.budget() for name in records if name == names.BUDGET_REMAINING),
    ]
    return [chart for chart in drawn if chart.curves]


class _Asker:
    """Asks at so many moments as a chart is wide; what lies between two of them is not lost."""

    def __init__(self, server: Server, scrapes: Span) -> None:
        self._server = server
        length = scrapes.end - scrapes.start
        step = max(math.ceil(length / _MOMENTS / 60_000), 5) * 60_000
        self._grid = Span(scrapes.start, scrapes.end, step)

    def drift(self, record: str) -> list[Chart]:
        window = record.removeprefix(names.DRIFT_EXCESS)
        asked = {"Prediction": names.PREDICTION_DRIFT_ALERT, "Features": names.FEATURE_DRIFT_ALERT}
        return [self._drift(record, window, on, alert) for on, alert in asked.items()]

    def _drift(self, record: str, window: str, on: str, alert: str) -> Chart:
        chosen = self._most(record, promql.selector("", {names.ON: on}))
        title = f"Drift of {'predictions' if on == 'Prediction' else 'features'}, {window}"
        curves = self._top(f"max by ({names.FEATURE}) ({chosen})", names.FEATURE)
        return Chart(title, curves, frozenset({alert}), ((1.0, "surely more than tolerated"),))

    def flaws(self, record: str) -> Chart:
        query = f"max by ({names.FEATURE}, flaw) ({self._most(record)})"
        title = f"Flaws of the data, {record.removeprefix(names.DATA_QUALITY)}"
        curves = self._top(query, names.FEATURE, "flaw")
        return Chart(
            title, curves, frozenset({names.DATA_QUALITY_ALERT}), ((1.0, "surely more than tolerated"),)
        )

    def quality(self, record: str) -> list[Chart]:
        window = record.removeprefix(names.QUALITY)
        query = f"max by ({names.METRIC}) (last_over_time({record}{{{_WHOLE}}}[{self._reach}]))"
        reference = {
            labels.get("metric", ""): value
            for labels, value in self._server.at(families.REFERENCE_METRIC.name, self._grid.end)
        }
        alerts = frozenset({names.DEGRADED_ALERT, names.TREND_ALERT})
        curves = sorted(self._top(query, names.METRIC, most=None), key=lambda it: it.name not in reference)
        return [
            Chart(
                f"{curve.name}, {window}",
                [curve],
                alerts,
                ((reference[curve.name], "reference"),) if curve.name in reference else (),
            )
            for curve in curves[:_CHARTS]
        ]

    def coverage(self, record: str) -> Chart:
        curves = self._top(f"max(last_over_time({record}[{self._reach}]))")
        title = f"Predictions with a label, {record.removeprefix(names.COVERAGE)}"
        return Chart(title, curves, frozenset({names.LABELS_ALERT}), percent=True)

    def budget(self) -> Chart:
        query = f"min by ({names.SLO_NAME}) (min_over_time({names.BUDGET_REMAINING}[{self._reach}]))"
        curves = self._top(query, names.SLO_NAME)
        limits = ((0.0, "spent"),)
        return Chart("Error budget left", curves, frozenset({names.BURN_ALERT}), limits, percent=True)

    def _most(self, record: str, matchers: str = "") -> str:
        return f"max_over_time({record}{matchers}[{self._reach}])"

    @property
    def _reach(self) -> str:
        return f"{self._grid.step // 1000}s"

    def _top(self, query: str, *labels: str, most: int | None = _LINES) -> list[Curve]:
        """Return the lines that go highest, the highest first."""
        found = sorted(self._server.over(query, self._grid), key=_height, reverse=True)
        return [
            Curve(", ".join(one.metric.get(label, "") for label in labels), one.values)
            for one in found[:most]
        ]


def _height(one: Found) -> float:
    return max((value for _, value in one.values if math.isfinite(value)), default=-math.inf)
