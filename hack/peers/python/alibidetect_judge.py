"""alibi-detect's part: its detectors for numbers and for categories, alone and corrected by Bonferroni."""

import judging
from alibi_detect.cd import ChiSquareDrift, KSDrift


def judge(table: judging.Table) -> dict[str, int]:
    """Count columns below .05, and below .05 divided by their number, which is its default."""
    detector = ChiSquareDrift if table.categorical else KSDrift
    name = "chi-squared" if table.categorical else "KS"
    try:
        made = detector(table.reference, p_val=0.05)
        values = made.predict(table.current, drift_type="feature", return_p_val=True)["data"]["p_val"]
    except Exception as error:  # noqa: BLE001 - whatever it raises on odd data is its answer
        print(f"fails: {type(error).__name__}: {str(error)[:80]}")
        return {f"{name} p < .05": -1}
    columns = len(table.names)
    return {
        f"{name} p < .05": int((values < 0.05).sum()),
        f"{name} p < .05 / {columns}": int((values < 0.05 / columns).sum()),
    }


if __name__ == "__main__":
    judging.main(judge)
