"""Cells of the timing sweep: outages of every kind in one simulation each, a group of one query per outage.

Two simulations for each objective and period. The quick one is evaluated every minute and asserts the
pairs whose windows are short; the slow one is evaluated every twelve minutes, which divides the windows of
all other pairs, so that days fit into promtool's limits and into a coffee break.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil

from modelmonitor import api, plan
from modelmonitor.plan import names, oracle, promql, rule_groups
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.oracle import Counting, Forecast, Outage
from modelmonitor.plan.slo import Slo
from monitors import monitor, objective
from promtool.runner import LIMIT, MINUTE, Ask, Json, Simulation, counter, firing

EVENTS = 1_000_000
SHORT_HISTORY = Fraction(7 * 3600)
_COUNTERS = (Counting.RUNNING, Counting.FROM_ZERO, Counting.FROM_ZERO_WITHIN)


@dataclass(frozen=True)
class Cell:
    """One outage, in a group of its own."""

    name: str
    outage: Outage


@dataclass(frozen=True)
class Sweep:
    """All cells of one objective and period at one step."""

    percent: str
    period: str
    step: Fraction

    def __str__(self) -> str:
        return f"{self.percent}-{self.period}-every{self.step}s"

    @cached_property
    def slo(self) -> Slo:
        queries = {
            "error": "sum by (cell) (rate(failures_total[{{.window}}]))",
            "total": "sum by (cell) (rate(requests_total[{{.window}}]))",
        }
        body = monitor(
            objectives=[
                objective("works", objective=float(self.percent), window=self.period, sli={"events": queries})
            ],
            prometheus={"scrapeInterval": "30s"},
        )
        return plan.objectives(api.parse(body, namespace="ml"))[0]

    @property
    def pairs(self) -> list[Pair]:
        return [pair for pair in self.slo.pairs if self._fits(pair)]

    def _fits(self, pair: Pair) -> bool:
        short = pair.long.exact_seconds <= SHORT_HISTORY
        whole = pair.short.exact_seconds % self.step == 0 and pair.short.exact_seconds >= 4 * self.step
        return whole and short == (self.step == MINUTE)

    def forecast(self, pair: Pair, outage: Outage) -> Forecast:
        return oracle.forecast(pair, self._threshold(pair), outage)

    @cached_property
    def cells(self) -> list[Cell]:
        return [
            Cell(f"{number}", outage)
            for number, outage in enumerate([*self._long_outages(), *self._shortest_outages()])
        ]

    def _long_outages(self) -> Iterator[Outage]:
        """Outages of everything, a tenth, a fiftieth, and just above and below each threshold."""
        just_above = [self._threshold(pair) * Fraction(102, 100) for pair in self.pairs]
        for ratio in (Fraction(1), Fraction(1, 10), Fraction(1, 50), *just_above):
            for counting in _COUNTERS if ratio != Fraction(1, 50) else (Counting.RUNNING,):
                endless = Outage(ratio, self.step, counting)
                times = [self.forecast(pair, endless).firing or Fraction(0) for pair in self.pairs]
                yield self._untied(ratio, counting, max(times) + 2 * self.step)
        for pair in self.pairs:
            patience = pair.long.exact_seconds + pair.hold.exact_seconds + self.step
            ratio = self._threshold(pair) * Fraction(98, 100)
            yield self._untied(ratio, Counting.RUNNING, ceil(patience / self.step) * self.step)

    def _threshold(self, pair: Pair) -> Fraction:
        return pair.threshold(self.slo.budget)

    def _shortest_outages(self) -> Iterator[Outage]:
        """Outages that are just long enough for a pair to fire, and one step too short."""
        for pair in self.pairs:
            ratio = min(Fraction(1), self._threshold(pair) * 3)
            lasts = self.step
            while self.forecast(pair, Outage(ratio, self.step, lasts=lasts)).firing is None:
                lasts += self.step
            yield self._untied(ratio, Counting.RUNNING, lasts)
            yield self._untied(ratio, Counting.RUNNING, lasts - self.step)

    def _untied(self, ratio: Fraction, counting: Counting, lasts: Fraction) -> Outage:
        """Make an outage of whole events (a rounded counter could seem reset) that no rounding decides."""
        bad = round(ratio * EVENTS)
        while True:
            outage = Outage(Fraction(bad, EVENTS), self.step, counting, lasts)
            if not any(self.forecast(pair, outage).tied for pair in self.pairs):
                return outage
            bad -= 1

    @property
    def onset(self) -> Fraction:
        longest = max(pair.long.exact_seconds for pair in self.pairs)
        return longest + 3 * self.step

    def simulation(self) -> Simulation:
        asks = list(self._asks())
        end = max(ask.at for ask in asks)
        assert end / self.step < LIMIT
        series = dict(series for cell in self.cells for series in self._series(cell, end))
        return Simulation([self._rules()], series, asks, self.step)

    def _rules(self) -> Json:
        """Keep the rules of the asserted pairs, without texts: those would be written anew at every step."""
        burn = rule_groups(self.slo, plan.links(self.slo.monitor, plan.Settings()))[0].to_dict()
        windows = {f"{window}" for pair in self.pairs for window in (pair.short, pair.long)}
        alerts = [
            rule for rule in burn["rules"] if rule["labels"].get("pair") in {p.name for p in self.pairs}
        ]
        records = [
            rule
            for rule in burn["rules"]
            if "record" in rule
            and rule["record"].removeprefix(names.ERROR_RATIO).removeprefix(names.TOTAL_INCREASE) in windows
        ]
        return burn | {"rules": records + [alert | {"annotations": {}} for alert in alerts]}

    def _asks(self) -> Iterator[Ask]:
        """Ask at each time at which anything should change, and one step before, for all cells at once."""
        fates = {(cell, pair): self.forecast(pair, cell.outage) for cell in self.cells for pair in self.pairs}
        times = {Fraction(0), self.onset}
        for fate in fates.values():
            if fate.firing is not None and fate.last_true is not None:
                edges = (fate.firing - self.step, fate.firing, fate.last_true, fate.last_true + self.step)
                times |= {self.onset + edge for edge in edges}
        for time in sorted(times):
            yield Ask(firing(names.BURN_ALERT), time, self._firing_at(time - self.onset, fates))
        spans = {key: self._span(fate) for key, fate in fates.items() if fate.firing is not None}
        counts = {
            self._labels(*key).removeprefix("ALERTS"): evaluations for key, evaluations in spans.items()
        }
        end = max(times) + self.step
        yield Ask(f"count_over_time({firing(names.BURN_ALERT)}[{promql.number(end)}s])", end, counts)

    def _firing_at(self, time: Fraction, fates: dict[tuple[Cell, Pair], Forecast]) -> dict[str, float]:
        return {
            self._labels(*key): 1
            for key, fate in fates.items()
            if fate.firing is not None
            and fate.last_true is not None
            and fate.firing <= time <= fate.last_true
        }

    def _span(self, fate: Forecast) -> float:
        assert fate.firing is not None
        assert fate.last_true is not None
        return float((fate.last_true - fate.firing) / self.step + 1)

    def _labels(self, cell: Cell, pair: Pair) -> str:
        own = {"cell": cell.name, "severity": pair.severity.value, "pair": pair.name}
        return firing(names.BURN_ALERT, **self.slo.identity, **own)

    def _series(self, cell: Cell, end: Fraction) -> Iterator[tuple[str, str]]:
        outage = cell.outage
        assert outage.lasts is not None
        before, during = int(self.onset / self.step), int(outage.lasts / self.step)
        after = int(end / self.step) - before - during
        bad = outage.ratio * EVENTS
        start = 10 * before * EVENTS if outage.counting is Counting.RUNNING else 0
        failures = counter((before, 0), (during, bad), (after, 0), start=start)
        yield f'failures_total{{cell="{cell.name}"}}', failures
        if outage.counting is Counting.FROM_ZERO_WITHIN:
            yield f'requests_total{{cell="{cell.name}",code="500"}}', failures
            good = counter((before, EVENTS), (during, EVENTS - bad), (after, EVENTS))
            yield f'requests_total{{cell="{cell.name}",code="200"}}', good
        else:
            yield f'requests_total{{cell="{cell.name}"}}', counter((before + during + after, EVENTS))
