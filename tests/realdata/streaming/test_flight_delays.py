"""By how much flights are late, told by the client from within the model's own code; labels in Redis."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from modelmonitor.client import Monitor
from modelmonitor.stats import regression
from modelmonitor.stats.regression import Errors
from realdata.streaming import checks, departures, distances, oracle, protocols, replaying, story
from realdata.streaming.clock import Clock
from realdata.streaming.departures import REFERENCE, ROWS
from realdata.streaming.merged import Merged
from realdata.streaming.protocols import Request
from realdata.streaming.replicas import PATIENCE, Replicas
from realdata.streaming.story import Case, Told

FEW = 40
"""Requests after which the model waits until all was sent: more than 10,000 rows would be dropped."""


class Caller:
    """A model that runs in our process and tells evaluators what it predicts."""

    def __init__(self, columns: protocols.Columns, predicted: Sequence[float], clock: Clock) -> None:
        self._columns, self._predicted, self._clock = columns, predicted, clock

    def __call__(self, replicas: Replicas, requests: Sequence[Request]) -> None:
        shares: dict[int, list[Request]] = defaultdict(list)
        for request in requests:
            shares[replicas.any_place()].append(request)
        for place, some in shares.items():
            port = replicas.observed(place, some)
            monitor = Monitor(f"http://127.0.0.1:{port}")
            for number, request in enumerate(some):
                self._observe(monitor, request)
                assert number % FEW or monitor.flush(PATIENCE)
            assert monitor.flush(PATIENCE)
            assert monitor.dropped == 0
        replicas.settle()

    def _observe(self, monitor: Monitor, request: Request) -> None:
        of = slice(request.start, request.stop)
        names, columns = list(self._columns), [it[of] for it in self._columns.values()]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        predicted, now = self._predicted[of], self._clock.now()
        if request.rows == 1:
            monitor.observe(rows[0], predicted[0], id=request.ids[0], time=now)
        else:
            monitor.observe(rows, predicted, id=request.ids, time=now)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, redis: Path, clock: Clock) -> Case:
    year = departures.departures()
    january = {name: it[:REFERENCE] for name, it in year.columns.items()}
    reference = replaying.reference(
        tmp_path_factory.mktemp("reference") / "january.csv",
        {**january, "delay": year.delay[:REFERENCE], "guess": year.predicted_delay[:REFERENCE]},
        "--target", "delay", "--prediction", "guess", "--segment", "origin", "--type", "dest=categorical",
    )  # fmt: skip
    live = slice(REFERENCE, REFERENCE + ROWS)
    truth = [None if np.isnan(it) else float(it) for it in year.delay[live]]
    sent, predicted = departures.sent(), year.predicted_delay[live].tolist()
    requests = protocols.requests(sent, replaying.sizes(ROWS, 5), protocols.kserve_v1, "flight")
    return Case(
        name="delays",
        config={"model": {"task": "Regression", "segments": ["origin"]}, "capture": {"mode": "Sdk"}},
        reference=reference,
        columns=sent,
        recorded={"predictions": predicted},
        parts=story.parts(requests, truth, [None if it is None else it + 60 for it in truth]),
        redis=redis,
        predict=Caller(sent, predicted, clock),
    )


def test_every_row_is_counted_once_and_matures_once(case: Case, told: Told) -> None:
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell(case: Case, told: Told) -> None:
    checks.features(case, told)
    predicted = np.array(case.recorded["predictions"])[case.sent]
    oracle.check_column(told.merged, case.reference["prediction"], predicted.tolist(), "@prediction")


def test_distances_are_those_of_the_rows(case: Case, told: Told) -> None:
    year = departures.departures()
    for column in case.reference["columns"]:
        name = column["name"]
        before = replaying.values(year.columns[name][:REFERENCE])
        distances.check(told.merged, column, (before, [case.columns[name][row] for row in case.sent]))


@pytest.mark.parametrize("origin", ["", "EWR", "JFK", "LGA"])
def test_quality_is_that_of_scikit_learn(case: Case, told: Told, origin: str) -> None:
    truth, predicted = _labelled(case, told, origin)
    edges, cells = told.merged.cells("absolute_error", segment=f"origin={origin}" if origin else "")
    assert edges == case.reference["errorEdges"]
    places = np.searchsorted(edges, np.abs(predicted - truth), side="left")
    assert cells == np.bincount(places, minlength=len(edges) + 1).tolist()
    errors = _counted(told.merged, case.reference["targetMean"], f"origin={origin}" if origin else "")
    assert errors.scored_total == len(truth)
    some = truth != 0
    for ours, theirs in (
        (regression.mean_absolute_error(errors), metrics.mean_absolute_error(truth, predicted)),
        (regression.root_mean_squared_error(errors), metrics.root_mean_squared_error(truth, predicted)),
        (regression.r_squared(errors), metrics.r2_score(truth, predicted)),
        (regression.bias(errors), np.mean(predicted - truth)),
        (
            regression.mean_absolute_percentage_error(errors),
            metrics.mean_absolute_percentage_error(truth[some], predicted[some]),
        ),
    ):
        assert ours == pytest.approx(theirs, rel=1e-9)
    median = np.median(np.abs(predicted - truth))
    assert regression.absolute_error_quantile(errors, 0.5) == pytest.approx(median, rel=0.28)


def test_any_number_of_evaluators_counts_the_same(tell: Callable[[int], Told]) -> None:
    for number in story.NUMBERS[1:]:
        checks.same(tell(1), tell(number))


def _labelled(case: Case, told: Told, origin: str) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and prediction of the rows that must have been counted."""
    places = case.of_ids()
    truth = {places[id_]: it for id_, it in told.book.counted.items() if it is not None}
    rows = [row for row in sorted(truth) if origin in ("", case.columns["origin"][row])]
    return np.array([truth[row] for row in rows]), np.array(case.recorded["predictions"])[rows]


def _counted(merged: Merged, centre: float, segment: str) -> Errors:
    edges, cells = merged.cells("absolute_error", segment=segment)
    sums = (
        "scored_total", "error_positive_sum", "error_negative_sum", "squared_error_sum",
        "absolute_percentage_error_sum", "absolute_percentage_error_rows_total", "actual_absolute_sum",
        "target_centred_positive_sum", "target_centred_negative_sum", "target_centred_squared_sum",
    )  # fmt: skip
    found = {name: merged.total(name, segment=segment) for name in sums}
    return Errors(
        edges=tuple(edges), centre=centre, absolute_error=np.array(cells), absolute_error_max=0.0, **found
    )
