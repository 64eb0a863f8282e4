"""whylogs' part: profiles of both tables, then its own drift scores with its thresholds."""

import judging
import numpy as np
import pandas as pd
import whylogs as why
from whylogs.core import DatasetProfileView
from whylogs.viz.drift.column_drift_algorithms import KS, ChiSquare, calculate_drift_scores


def judge(table: judging.Table) -> dict[str, int]:
    """Use KS for numbers and chi-squared for categories, at their defaults."""
    reference, current = (_profile(it, table) for it in (table.reference, table.current))
    test, name = (ChiSquare(), "chi-squared p < .05") if table.categorical else (KS(), "KS p < .05")
    methods = dict.fromkeys(table.names, test)
    scores = calculate_drift_scores(current, reference, drift_map=methods, with_thresholds=True)
    return {name: sum(it is not None and it["drift_category"] == "DRIFT" for it in scores.values())}


def _profile(rows: np.ndarray, table: judging.Table) -> DatasetProfileView:
    values = table.texts(rows) if table.categorical else rows
    return why.log(pd.DataFrame(values, columns=table.names)).view()


if __name__ == "__main__":
    judging.main(judge)
