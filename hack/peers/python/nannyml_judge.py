"""NannyML's part: its univariate calculator with the methods and thresholds that it chooses.

Ten chunks of the reference give its thresholds; the current rows are one chunk of their own size.
"""

import judging
import nannyml as nml
import numpy as np
import pandas as pd


def judge(table: judging.Table) -> dict[str, int]:
    """Count the columns for which an alert is raised for the current rows."""
    reference, current = (_frame(it, table) for it in (table.reference, table.current))
    method = "Jensen-Shannon, 3 sd of 10 chunks"
    try:
        calculator = nml.UnivariateDriftCalculator(
            column_names=table.names,
            treat_as_categorical=table.names if table.categorical else None,
            chunk_number=10,
        )
        calculator.fit(reference)
        calculator.chunker = nml.chunk.SizeBasedChunker(len(current))
        frame = calculator.calculate(current).filter(period="analysis").to_df()
    except Exception as error:  # noqa: BLE001 - whatever it raises on odd data is its answer
        print(f"fails: {type(error).__name__}: {str(error)[:80]}")
        return {method: -1}
    alerts = frame.loc[:, (slice(None), slice(None), "alert")]
    return {method: int(alerts.iloc[0].sum())}


def _frame(rows: np.ndarray, table: judging.Table) -> pd.DataFrame:
    values = table.texts(rows) if table.categorical else rows
    return pd.DataFrame(values, columns=table.names)


if __name__ == "__main__":
    judging.main(judge)
