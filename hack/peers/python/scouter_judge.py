"""Scouter's part: PSI between deciles of the reference, held against its server's threshold."""

import judging
import numpy as np
from scouter import Drifter, PsiDriftConfig

CRITICAL = 16.919
"""Chi-squared(.95) with 9 degrees of freedom: divided by the rows, it is Scouter's default threshold."""


def judge(table: judging.Table) -> dict[str, int]:
    """Compute PSI of all columns; its library takes numbers only."""
    if table.categorical:
        return {}
    reference, current = (np.ascontiguousarray(it) for it in (table.reference, table.current))
    try:
        drifter = Drifter()
        profile = drifter.create_drift_profile(reference, PsiDriftConfig())
        distances = drifter.compute_drift(current, profile).features
    except Exception as error:  # noqa: BLE001 - whatever it raises on odd data is its answer
        print(f"fails: {type(error).__name__}: {str(error)[:80]}")
        return {"PSI > chi-squared / rows": -1}
    return {"PSI > chi-squared / rows": sum(it > CRITICAL / len(current) for it in distances.values())}


if __name__ == "__main__":
    judging.main(judge)
