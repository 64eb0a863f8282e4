"""Published distances of the car loans, from requests through evaluators to the sum of their scrapes."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluator import running
from evaluator.running import Evaluator
from modelmonitor.stats import cumulative, divergence
from modelmonitor.stats.contingency import chi_squared
from modelmonitor.stats.distribution import Distribution
from realdata import packages
from realdata.streaming import binary, distances, protocols, replaying, sender, story
from realdata.streaming.merged import Merged

FROZEN = json.loads((Path(__file__).parents[2] / "unit" / "stats" / "carloan.json").read_text())
"""Edges and counts behind the published values."""
BATCH = 250
OTHERS = {"pseudocount": 0, "floor": 1e-4}
"""How the surveyed tools treat empty cells."""
loans = packages.carloan
SAMPLES = {
    "": (lambda: loans().reference, slice(0, 10_000), lambda: loans().analysis, slice(-10_000, None)),
    ", no drift": (
        lambda: loans().reference,
        slice(0, 5_000),
        lambda: loans().reference,
        slice(-5_000, None),
    ),
}
GOLDEN = [
    ("car_value", "psi", 1.862965, 1e-6),
    ("car_value", "js nats", 0.389549, 1e-6),
    ("car_value", "js bits", 0.467896, 1e-6),
    ("car_value, no drift", "psi", 0.002497, 1e-6),
    ("debt_to_income_ratio", "psi", 0.002045, 1e-6),
    ("salary_range", "psi", 0.216955, 1e-6),
    ("salary_range", "js nats", 0.149639, 1e-6),
    ("salary_range", "chi squared", 774.2216, 5e-5),
    ("salary_range, no drift", "chi squared", 4.8019, 5e-5),
    ("repaid_loan_on_prev_car", "psi", 0.279167, 1e-6),
    ("repaid_loan_on_prev_car", "chi squared", 1344.7059, 5e-5),
]


@dataclass
class Sample:
    """What evaluators counted of one pair of samples."""

    reference: dict
    merged: Merged
    pages: list[tuple[Merged, dict]]
    """The scrape of each, and its `/v1/stats`."""


def _reference(folder: Path, name: str) -> dict:
    """Profile the first sample; numeric columns have the edges of the published values."""
    table, rows, _, _ = SAMPLES[name]
    profile = replaying.reference(
        folder / "loans.csv",
        {column: it[rows] for column, it in table().items()},
        "--target", "repaid", "--prediction", "y_pred", "--score", "y_pred_proba",
        "--id", "id", "--exclude", "timestamp",
    )  # fmt: skip
    for column in profile["columns"]:
        frozen = FROZEN.get(f"{column['name']}{name}")
        if column["type"] == "Numeric" and frozen:
            column |= {"edges": frozen[0]["edges"], "counts": frozen[0]["counts"]}
    return profile


def _counted(evaluators: list[Evaluator], name: str) -> None:
    """Send the second sample, in turn to each."""
    _, _, table, rows = SAMPLES[name]
    others = ("id", "timestamp", "repaid", "y_pred", "y_pred_proba")
    columns = {column: replaying.values(it[rows]) for column, it in table().items() if column not in others}
    sizes = [BATCH] * (len(columns["car_value"]) // BATCH)
    requests = protocols.requests(columns, sizes, protocols.mlflow_split, "loan")
    shares = {one.proxy: requests[place :: len(evaluators)] for place, one in enumerate(evaluators)}
    sender.predict(shares)
    for one in evaluators:
        one.wait("predictions_total", sum(request.rows for request in shares[one.proxy]))


@pytest.fixture(scope="module", params=story.NUMBERS)
def samples(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    config = {
        "monitor": "loans",
        "model": {"task": "BinaryClassification"},
        "capture": {"protocol": "MLflow"},
    }
    found = {}
    for name, (_, _, table, rows) in SAMPLES.items():
        folder = tmp_path_factory.mktemp("golden")
        reference = _reference(folder, name)
        recorded = binary.objects(*(table()[it][rows].tolist() for it in ("y_pred_proba", "y_pred")))
        with ExitStack() as stack:
            model = stack.enter_context(replaying.replaying(folder, recorded))
            evaluators = [
                stack.enter_context(running.evaluator(folder / str(one), config, reference, upstream=model))
                for one in range(request.param)
            ]
            _counted(evaluators, name)
            scrapes = [one.get("/metrics").decode() for one in evaluators]
            pages = [json.loads(one.get("/v1/stats")) for one in evaluators]
            each = [(Merged([scrape]), page) for scrape, page in zip(scrapes, pages, strict=True)]
            found[name] = Sample(reference, Merged(scrapes), each)
    return found


def _sides(samples: dict[str, Sample], name: str) -> tuple[Distribution, Distribution]:
    """Return the reference of a column and what was counted of it."""
    column, comma, drift = name.partition(", ")
    sample = samples[comma + drift]
    (one,) = [it for it in sample.reference["columns"] if it["name"] == column]
    return distances.reference(sample.merged, one), distances.live(sample.merged, one)


@pytest.mark.parametrize(("name", "distance", "value", "error"), GOLDEN)
def test_distances_are_the_published_ones(
    samples: dict[str, Sample], name: str, distance: str, value: float, error: float
) -> None:
    before, after = _sides(samples, name)
    js = divergence.js_divergence(before.cells, after.cells, **OTHERS)
    found = {
        "psi": divergence.psi(before.cells, after.cells, **OTHERS),
        "js nats": js**0.5,
        "js bits": divergence.js_distance(js),
        "chi squared": chi_squared(before.cells, after.cells).statistic,
    }
    assert found[distance] == pytest.approx(value, abs=error)


def test_cells_are_the_frozen_ones(samples: dict[str, Sample]) -> None:
    for name in {name for name, *_ in GOLDEN}:
        before, after = _sides(samples, name)
        if "edges" in FROZEN[name][0]:
            for side, frozen in zip((before, after), FROZEN[name], strict=True):
                assert side.to_dict() == frozen


def test_ks_on_cells_falls_short_of_the_published_one_by_less_than_a_cell(samples: dict[str, Sample]) -> None:
    before, after = _sides(samples, "car_value")
    assert 0.4384 - 0.1 < cumulative.ks(before, after) <= 0.4384


def test_the_page_of_each_evaluator_says_what_its_scrape_says(samples: dict[str, Sample]) -> None:
    for merged, page in samples[""].pages:
        told = {one["feature"]: one for one in page["drift"]}
        for column in samples[""].reference["columns"]:
            before, after = distances.reference(merged, column), distances.live(merged, column)
            of, chi = told[column["name"]], chi_squared(before.cells, after.cells)
            assert of["psi"] == pytest.approx(divergence.psi(before.cells, after.cells), rel=1e-9)
            assert of["chiSquared"]["value"] == pytest.approx(chi.statistic, rel=1e-9)
        assert told["car_value"]["verdict"] == "Drift"
        assert told["driver_tenure"]["verdict"] != "Drift"
