"""The alerts of a backtest are those of promtool over the same counters at the same moments."""

import asyncio
import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tools
from cli.backtest import worlds
from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import ordering, pacing, scraped, server
from modelmonitor.cli.backtesting.evaluation import Evaluation, Outcome
from modelmonitor.cli.backtesting.ordering import Material, Order
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.server import Server, Span
from modelmonitor.cli.backtesting.simulation import Simulation
from modelmonitor.cli.backtesting.storing import Storing
from modelmonitor.plan import names, plan, promql
from modelmonitor.plan.rules import Alert, Group, Recording
from promtool.runner import Ask, Promtool
from promtool.runner import Simulation as Rehearsal

pytestmark = pytest.mark.promtool

MINUTE = Duration.parse("1m")
HOURS = 3.5
SPEC = {
    "drift": {"window": "12m", "features": {"tolerate": 0.2}, "prediction": {"tolerate": 0.2}},
    "prometheus": {"scrapeInterval": "1m"},
    "objectives": [
        {
            "name": "right",
            "objective": 70,
            "window": "1d",
            "pairs": [{"name": "page", "factor": 1.2, "long": "1h", "for": "2m", "severity": "critical"}],
            "sli": {"quality": {"metric": "Accuracy"}},
        }
    ],
}


def held(excess: str) -> Group:
    """An alert that is kept, for promtool to hold as well."""
    alert = Alert(
        "Kept", f"{excess} > 0.6", Duration.parse("3m"), {"severity": "info"}, {}, Duration.parse("7m")
    )
    return Group("kept", (alert,))


def every_minute(groups: Sequence[Group]) -> list[Group]:
    """promtool evaluates all groups at one interval."""
    return [dataclasses.replace(group, interval=MINUTE) for group in groups]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> worlds.World:
    """A quiet hour, drift and wrong answers, half an hour of silence, then quiet again."""
    times = worlds.steady(HOURS, 4000)
    times = times[(times < 2.2 * 3600) | (times > 2.8 * 3600)]
    drifting = (times > 1.2 * 3600) & (times < 2.1 * 3600)
    table = worlds.rows(times, 5, lambda _: np.where(drifting, 0.9, 0.0))
    flipped = drifting & (np.random.default_rng(6).uniform(size=times.size) < 0.7)
    table["churned"] = np.where(flipped, np.where(table["score"] > 0.5, "no", "yes"), table["churned"])
    return worlds.world(tmp_path_factory.mktemp("world"), table, **SPEC)


class Told:
    """What both sides are given, and what the backtest made of it."""

    def __init__(self, world: worlds.World, server: Server) -> None:
        scheme = world.recording.columns.scheme
        covered = world.recording.survey(lambda _: None)
        self.scrapes = pacing.scrapes(covered, None, MINUTE)
        simulation = Simulation(scheme, world.recording, self.scrapes)
        target = {"namespace": "ml", "pod": "one"}
        self.scrape = Scrape.of(simulation.counters, target, without=scraped.TRAFFIC)
        self.values = asyncio.run(self._replay(simulation, Storing(server, self.scrape)))
        groups = every_minute(plan(world.monitor, profile=world.profile).groups)
        excess = next(
            rule.record
            for group in groups
            for rule in group.rules
            if isinstance(rule, Recording) and rule.record.startswith(names.DRIFT_EXCESS)
        )
        self.groups = [*groups, *every_minute([held(f"max({excess})")])]
        absent = dict.fromkeys(scraped.TRAFFIC, "no requests")
        self.order: Order = ordering.order(self.groups, Material(absent, MINUTE))
        self.outcome: Outcome = Evaluation(server, self.scrapes).run(self.order, lambda *_: None)
        self.server = server

    async def _replay(self, simulation: Simulation, storing: Storing) -> np.ndarray:
        values = []
        async for moment in simulation.scrapes(lambda _: None):
            storing.take(moment)
            values.append(self.scrape.values())
        storing.flush()
        return np.array(values)

    def series(self) -> dict[str, str]:
        """Write the scrapes for promtool."""
        return {
            promql.selector(
                labels["__name__"], {n: v for n, v in labels.items() if n != "__name__"}
            ): " ".join("_" if np.isnan(value) else repr(float(value)) for value in column)
            for labels, column in zip(self.scrape.labels, self.values.T, strict=True)
        }

    def answered(self) -> list[Group]:
        """Give the groups without what is skipped, those that are read first."""
        steps = {id(step.rule): at for at, step in enumerate(self.order.steps)}
        kept = [
            dataclasses.replace(group, rules=rules)
            for group in self.groups
            if (rules := tuple(rule for rule in group.rules if id(rule) in steps))
        ]
        return sorted(kept, key=lambda group: min(steps[id(rule)] for rule in group.rules))

    def firing(self, moment: int) -> dict[str, float]:
        """Give the alerts that fire at a moment, as promtool writes them."""
        return {
            promql.selector(
                "ALERTS", {**dict(one.labels), "alertname": fired.rule.alert, "alertstate": "firing"}
            ): 1.0
            for fired in self.outcome.fired
            for one in fired.episodes
            if one.start <= moment < (one.end or moment + 1)
        }

    def recorded(self, record: str, moment: int) -> dict[str, float]:
        """Give the series of a record at a moment, as promtool writes them."""
        return {
            promql.selector(record, {n: v for n, v in labels.items() if n != "__name__"}): value
            for labels, value in self.server.at(record, moment)
        }

    def moments(self) -> list[int]:
        span = Span(self.scrapes.start, self.scrapes.end, 60_000)
        return [span.start + number * span.step for number in range(span.count)]


@pytest.fixture(scope="module")
def told(world: worlds.World, tmp_path_factory: pytest.TempPathFactory):
    with server.running(tools.binary("prometheus"), tmp_path_factory.mktemp("data")) as prometheus:
        yield Told(world, prometheus)


def after(told: Told, moment: int) -> Fraction:
    return Fraction(moment - told.scrapes.start, 1000)


def test_alerts_and_records_are_those_of_promtool_at_every_minute(told: Told, tmp_path: Path) -> None:
    """The largest difference is none: not one minute, and of records 1e-6."""
    asks = [Ask('ALERTS{alertstate="firing"}', after(told, it), told.firing(it)) for it in told.moments()]
    records = [
        Ask(record, after(told, moment), told.recorded(record, moment))
        for moment in told.moments()[30::45]
        for record in sorted({step.name for step in told.order.steps if isinstance(step.rule, Recording)})
    ]
    assert sum(len(ask.expected) for ask in records) > 300
    rehearsal = Rehearsal(told.answered(), told.series(), [*asks, *records])
    assert Promtool(tools.binary("promtool"), tmp_path).run(rehearsal) == ""


def test_there_is_something_to_compare(told: Told) -> None:
    """Drift, burnt budget and an alert that is kept: each begins and ends, one of them by the silence."""
    fired = {one.rule.alert: one.episodes for one in told.outcome.fired}
    for alert in (names.PREDICTION_DRIFT_ALERT, names.FEATURE_DRIFT_ALERT, names.BURN_ALERT, "Kept"):
        assert fired[alert], alert
        assert all(one.end for one in fired[alert]), alert


def test_a_series_that_ends_is_seen_no_more_at_once(told: Told) -> None:
    """Looking back five minutes would show it: only the mark of its end says that it is gone."""
    record = f"{names.DRIFT_EXCESS}12m"
    last = max(moment for moment in told.moments()[:160] if told.server.at(record, moment))
    assert told.server.at(f"last_over_time({record}[5m])", last + 60_000)
    assert not told.server.at(record, last + 60_000)
