"""Real data for tests, as columns: a dict of numpy arrays by name, numbers as numbers, texts as objects.

| data | rows | what it is for |
|---|---|---|
| `census()` | 68,785 + 208,892 | employment in Massachusetts, 2015, then 2016-2018: no drift, fairness |
| `carloan()` | 50,000 + 50,000 | made up: drift in the second half of the analysis, golden values |
| `elec2()` | 45,312 | price of electricity up or down, New South Wales 1996-1998: real drift |
| `flights()` | 336,776 | departures from New York in 2013: seasons, delays, missing values |
| `movielens()` | 100,004 | ratings of films, with their times: ranking |

Every array is read once in a process and cannot be written to: take a copy to change one. Missing is
NaN in numbers and None in texts. Row counts and hashes are checked before anything is given.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

import datasets
from realdata import frames
from realdata.frames import Columns


@dataclass(frozen=True)
class LabelledLater:
    """A reference with labels, predictions to watch without any, and their labels by `id`, apart."""

    reference: Columns
    analysis: Columns
    targets: Columns


@functools.cache
def census() -> LabelledLater:
    """Give the census: label `employed`, `prediction`, `predicted_probability`; groups `SEX`, `RAC1P`."""
    return LabelledLater(
        _parquet("employment_MA_reference.pq", 68_785),
        _parquet("employment_MA_analysis.pq", 208_892),
        _parquet("employment_MA_analysis_target.pq", 208_892),
    )


@functools.cache
def carloan() -> LabelledLater:
    """Give the car loans: label `repaid`, prediction `y_pred`, score `y_pred_proba`."""
    return LabelledLater(
        _csv("synthetic_car_loan_reference.csv", 50_000),
        _csv("synthetic_car_loan_analysis.csv", 50_000),
        _csv("synthetic_car_loan_analysis_target.csv", 50_000),
    )


@functools.cache
def elec2() -> Columns:
    """Give Elec2: features `feat_1` to `feat_6`, label `target`, one row each half hour."""
    return _csv("elec.csv", 45_312)


@functools.cache
def flights() -> Columns:
    """Give the flights; delays in minutes, NaN where a flight was cancelled."""
    return _frame("flights.pkl.compress", 336_776)


@functools.cache
def movielens() -> Columns:
    """Give the ratings: `userId`, `movieId`, `rating` (0.5 to 5), `timestamp` (Unix seconds)."""
    return _frame("movielens.pkl.compress", 100_004)


def _parquet(file: str, rows: int) -> Columns:
    return _checked(file, _columns(parquet.read_table(datasets.path(file))), rows)


def _csv(file: str, rows: int) -> Columns:
    as_text = csv.ConvertOptions(column_types={"timestamp": pa.string()})
    return _checked(file, _columns(csv.read_csv(datasets.path(file), convert_options=as_text)), rows)


def _frame(file: str, rows: int) -> Columns:
    return _checked(file, frames.read(datasets.path(file)), rows)


def _columns(table: pa.Table) -> Columns:
    return {name: _array(table.column(name).combine_chunks()) for name in table.column_names}


def _array(column: pa.Array) -> np.ndarray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _checked(file: str, columns: Columns, rows: int) -> Columns:
    found = {name: len(column) for name, column in columns.items()}
    if set(found.values()) != {rows}:
        raise ValueError(f"{file}: expected {rows} rows in each column, got {found}")
    for column in columns.values():
        column.flags.writeable = False
    return columns
