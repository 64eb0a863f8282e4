"""A backtest from end to end: count, store, evaluate, render, report."""

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import (
    curves,
    moments,
    ordering,
    pacing,
    rendering,
    scraped,
    server,
    verdicts,
)
from modelmonitor.cli.backtesting.evaluation import Evaluation, Outcome
from modelmonitor.cli.backtesting.ordering import Material, Order
from modelmonitor.cli.backtesting.programs import Programs
from modelmonitor.cli.backtesting.progress import Watching
from modelmonitor.cli.backtesting.recording import Covered, Recording
from modelmonitor.cli.backtesting.report import AlertReport, Report, Told
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.server import Server, Span
from modelmonitor.cli.backtesting.simulation import Simulation
from modelmonitor.cli.backtesting.storing import Storing
from modelmonitor.cli.backtesting.subject import Subject
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import names, plan
from modelmonitor.plan.rules import Group
from modelmonitor.series import budget
from modelmonitor.wire.families import Family

POD = "backtest"
"""The label `pod` of what is scraped."""
_NO_REQUESTS = "recorded predictions say nothing about requests"
_NO_TRUTH = "nothing tells what came true: give --target or --labels"
_LONG_GAP = 86_400.0


@dataclass(frozen=True)
class Backtest:
    """Replays a recording for a monitor, with the data of Prometheus in a folder."""

    subject: Subject
    recording: Recording
    programs: Programs
    folder: Path
    watching: Watching

    def run(self) -> Report:
        """Return what was found.

        Raises
        ------
        SpecInvalid
            If the recording is not what it should be.
        PrometheusError
            If Prometheus fails.
        """
        self.watching.stage("1/4 Looking at times")
        covered = self.recording.survey(self._consumed)
        step = self.recording.request.step or pacing.step(
            self.subject.monitor.spec.prometheus.scrape_interval, covered, budget.series(self.subject.scheme)
        )
        scrapes = pacing.scrapes(covered, self.recording.request.until, step)
        absent = {**dict.fromkeys(scraped.TRAFFIC, _NO_REQUESTS)}
        if not self.recording.has_truth:
            absent |= dict.fromkeys(scraped.TRUTH, _NO_TRUTH)
        order = ordering.order(self._groups(step), Material(absent, step))
        with server.running(self.programs.prometheus, self.folder) as prometheus:
            simulation = Simulation(self.subject.scheme, self.recording, scrapes)
            asyncio.run(self._replay(simulation, prometheus, frozenset(absent)))
            self.watching.stage("3/4 Evaluating")
            outcome = Evaluation(prometheus, scrapes).run(
                order, lambda one, share: self.watching.share(share, one.name)
            )
            self.watching.stage("4/4 Writing")
            notes = [
                *self._notes(covered, scrapes),
                *_lost(simulation),
                *verdicts.notes(prometheus, order.steps, scrapes),
            ]
            return self._report(prometheus, covered, scrapes, order, outcome, notes)

    def _groups(self, step: Duration) -> Sequence[Group]:
        """Return the rules of the monitor as if it were scraped this often, where that is possible."""
        monitor, profile = self.subject.monitor, self.subject.profile
        spec = monitor.spec
        prometheus = spec.prometheus.model_copy(update={"scrape_interval": step})
        paced = dataclasses.replace(monitor, spec=spec.model_copy(update={"prometheus": prometheus}))
        try:
            return plan(paced, profile=profile).groups
        except SpecInvalid:
            return plan(monitor, profile=profile).groups

    async def _replay(self, simulation: Simulation, prometheus: Server, absent: frozenset[Family]) -> None:
        self.watching.stage("2/4 Counting")
        monitor = self.subject.monitor
        target = {names.NAMESPACE: monitor.namespace, "pod": POD}
        storing = Storing(prometheus, Scrape.of(simulation.counters, target, without=absent))
        async for moment in simulation.scrapes(self._consumed):
            storing.take(moment)
        storing.flush()

    def _report(
        self,
        prometheus: Server,
        covered: Covered,
        scrapes: Span,
        order: Order,
        outcome: Outcome,
        notes: Sequence[str],
    ) -> Report:
        told = rendering.scenes(outcome.fired)
        known = frozenset({step.name for step in order.steps})
        texts = rendering.render(self.programs.promtool, prometheus, told, known, self.folder)
        by_scene = {(id(scene.fired), id(scene.episode)): it for scene, it in zip(told, texts, strict=True)}
        alerts = [
            AlertReport(one, [Told(it, by_scene.get((id(one), id(it)), {})) for it in one.episodes])
            for one in outcome.fired
        ]
        return Report(
            title=f"{self.subject.monitor.namespace}/{self.subject.monitor.name}",
            data=self.recording.request.data,
            profile=self.subject.scheme.profile_hash,
            covered=covered,
            scrapes=scrapes,
            asked=self.subject.monitor.spec.prometheus.scrape_interval,
            alerts=alerts,
            skipped=outcome.skipped,
            notes=notes,
            charts=curves.charts(prometheus, order.steps, scrapes),
        )

    def _consumed(self, chunk: Chunk) -> None:
        self.watching.share(chunk.consumed / max(self.recording.data.size, 1))

    def _notes(self, covered: Covered, scrapes: Span) -> Iterator[str]:
        asked, step = self.subject.monitor.spec.prometheus.scrape_interval, Duration(scrapes.step)
        if step > asked:
            yield f"a scrape every {step}, not every {asked}, for it is a long time; --step {asked} is slower"
        if covered.gap[1] - covered.gap[0] >= _LONG_GAP:
            yield f"no rows from {moments.text(covered.gap[0])} to {moments.text(covered.gap[1])}"


def _lost(simulation: Simulation) -> Iterator[str]:
    if simulation.waits:
        remedy = "a later --until lets them mature"
        yield f"{simulation.waits:,} predictions are not judged, for their labels have time yet: {remedy}"
    for reason, number in simulation.lost.items():
        yield f"{number:,} predictions could not be held against labels: {reason.value}"
