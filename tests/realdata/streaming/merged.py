"""What several evaluators counted, added up as Prometheus would: the sum of their last scrapes."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

_LINE = re.compile(r"^modelmonitor_(\w+?)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_GAUGE = re.compile(r"^# TYPE modelmonitor_(\w+) gauge$", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")

Labels = tuple[tuple[str, str], ...]
_OF_TIME = (
    "request_duration_", "label_lag_seconds_sum", "queue_", "evaluator_info", "store_errors_total",
    "pending_labels", "model_up", "absolute_error_max",
)  # fmt: skip
_CONSTANT = ("reference_count", "reference_metric", "score_edge")


def _labels(text: str) -> dict[str, str]:
    return {
        name: _ESCAPED.sub(lambda found: found[1].replace("n", "\n"), value)
        for name, value in _LABEL.findall(text)
    }


class Merged:
    """Sums of counters; of gauges that never change, the value."""

    def __init__(self, scrapes: Iterable[str]) -> None:
        self.series: dict[tuple[str, Labels], float] = {}
        for text in scrapes:
            gauges = {*_GAUGE.findall(text), *_CONSTANT}
            for line in text.splitlines():
                if match := _LINE.match(line):
                    key = match[1], tuple(sorted(_labels(match[2] or "").items()))
                    before = 0.0 if match[1] in gauges else self.series.get(key, 0.0)
                    self.series[key] = before + float(match[3])

    def having(self, family: str, **labels: str) -> dict[Labels, float]:
        """Return the series of a family that have these labels."""
        wanted = labels.items()
        return {
            own: it
            for (name, own), it in self.series.items()
            if name == family and wanted <= dict(own).items()
        }

    def total(self, family: str, **labels: str) -> float:
        """Add up the series of a family that have these labels."""
        return sum(self.having(family, **labels).values())

    def by(self, family: str, label: str, **labels: str) -> dict[str, int]:
        """Add up whole numbers by one label; those that are 0 are left out."""
        found: Counter[str] = Counter()
        for own, value in self.having(family, **labels).items():
            assert value == int(value)
            found[dict(own)[label]] += int(value)
        return dict(+found)

    def cells(self, histogram: str, **labels: str) -> tuple[list[float], list[int]]:
        """Return the inner edges of one histogram, and the rows of each of its cells."""
        upto = {
            float(dict(own)["le"]): it for own, it in self.having(f"{histogram}_bucket", **labels).items()
        }
        edges = sorted(upto)
        counts = np.diff([0, *(int(upto[edge]) for edge in edges)])
        return edges[:-1], counts.tolist()

    def comparable(self) -> dict[tuple[str, Labels], float]:
        """Return what depends on the rows alone, and not on who counted them, when, and how quickly."""
        return {key: it for key, it in self.series.items() if not key[0].startswith(_OF_TIME)}
