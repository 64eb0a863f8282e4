"""Flights from New York as two models see them: late by more than a quarter of an hour, or by how much."""

import functools
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from realdata import packages
from realdata.streaming import replaying, story

REFERENCE = 27_004
"""Departures of January."""
ROWS = 309_772 if story.THOROUGH else 3_000
NUMBERS = ("month", "sched_dep_time", "dep_delay", "distance")
TEXTS = ("carrier", "origin", "dest", "tailnum")
LATE = 15


@dataclass(frozen=True)
class Departures:
    """The year, in order, with what models of January say of it."""

    columns: dict[str, np.ndarray]
    """Features; those of January are the reference."""
    delay: np.ndarray
    """On arrival, minutes; NaN of flights that never arrived."""
    score: np.ndarray
    """Of being late."""
    predicted_delay: np.ndarray


@functools.cache
def departures() -> Departures:
    """Learn from January and predict the year."""
    flights = packages.flights()
    order = np.lexsort((flights["rownames"], flights["day"], flights["month"]))
    columns = {name: flights[name][order] for name in (*NUMBERS, *TEXTS)}
    delay = flights["arr_delay"][order]
    live = slice(0, REFERENCE + ROWS)
    table = np.nan_to_num(
        np.column_stack([columns[name][live] / np.nanmax(columns[name]) for name in NUMBERS])
    )
    known = np.flatnonzero(~np.isnan(delay[:REFERENCE]))
    judge = LogisticRegression(C=100).fit(table[known], delay[known] > LATE)
    guess = LinearRegression().fit(table[known], delay[known])
    return Departures(columns, delay, judge.predict_proba(table)[:, 1], guess.predict(table))


def sent() -> dict[str, list]:
    """Return the features after January as JSON has them."""
    live = slice(REFERENCE, REFERENCE + ROWS)
    return {name: replaying.values(it[live]) for name, it in departures().columns.items()}
