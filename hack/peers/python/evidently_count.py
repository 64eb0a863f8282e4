"""Evidently's part: its drift report, and the test of PSI that it can use in it, called directly."""

import measuring
import pandas as pd
from evidently import Report
from evidently.legacy.calculations.stattests import psi_stat_test
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset


def preset(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Make the report with the tests and thresholds that Evidently chooses."""
    reference, current = (pd.DataFrame(it, columns=data.names) for it in (data.reference, data.current))
    with clock.stage("judge"):
        metrics = Report([DataDriftPreset()]).run(current, reference).dict()["metrics"]
    shares = [it["value"] for it in metrics if isinstance(it["value"], dict) and "share" in it["value"]]
    return {"drifted": int(shares[0]["count"])}


def psi(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Test each column with PSI at its default threshold."""
    reference, current = (pd.DataFrame(it, columns=data.names) for it in (data.reference, data.current))
    limit = psi_stat_test.default_threshold
    drifted = 0
    with clock.stage("judge"):
        for name in data.names:
            drifted += psi_stat_test(reference[name], current[name], ColumnType.Numerical, limit).drifted
    return {"drifted": int(drifted)}


if __name__ == "__main__":
    measuring.main({"preset": preset, "psi": psi})
