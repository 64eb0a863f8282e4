"""Scouter's part: PSI between deciles of the reference, held against its server's threshold."""

import measuring
import numpy as np
from scouter import Drifter, PsiDriftConfig

CRITICAL = 16.919
"""Chi-squared(.95) with 9 degrees of freedom: divided by the rows, it is Scouter's default threshold."""


def whole(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Compute the drift of all rows as one array."""
    reference, current = (np.ascontiguousarray(it) for it in (data.reference, data.current))
    drifter = Drifter()
    with clock.stage("reference"):
        profile = drifter.create_drift_profile(reference, PsiDriftConfig())
    with clock.stage("judge"):
        distances = drifter.compute_drift(current, profile).features
        drifted = sum(it > CRITICAL / len(current) for it in distances.values())
    return {"drifted": drifted}


if __name__ == "__main__":
    measuring.main({"whole": whole})
