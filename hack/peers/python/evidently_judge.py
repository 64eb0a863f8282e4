"""Evidently's part: the report with the tests and thresholds that it chooses, and its PSI instead."""

import judging
import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

METHODS = {"its choice": None, "PSI >= 0.1": "psi", "JS >= 0.1": "jensenshannon"}


def judge(table: judging.Table) -> dict[str, int]:
    """Make one report for each method."""
    kind = "categorical_columns" if table.categorical else "numerical_columns"
    definition = DataDefinition(**{kind: table.names})
    reference, current = (_dataset(it, table, definition) for it in (table.reference, table.current))
    return {name: _drifted(reference, current, method) for name, method in METHODS.items()}


def _dataset(rows: np.ndarray, table: judging.Table, definition: DataDefinition) -> Dataset:
    values = table.texts(rows) if table.categorical else rows
    frame = pd.DataFrame(values, columns=table.names)
    return Dataset.from_pandas(frame, data_definition=definition)


def _drifted(reference: Dataset, current: Dataset, method: str | None) -> int:
    try:
        metrics = Report([DataDriftPreset(method=method)]).run(current, reference).dict()["metrics"]
    except Exception as error:  # noqa: BLE001 - whatever it raises on odd data is its answer
        print(f"fails: {type(error).__name__}: {str(error)[:80]}")
        return -1
    return int(next(it["value"]["count"] for it in metrics if isinstance(it["value"], dict)))


if __name__ == "__main__":
    judging.main(judge)
