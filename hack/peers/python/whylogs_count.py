"""whylogs' part: sketches of each column, then its own KS test between two profiles."""

import measuring
import pandas as pd
import whylogs as why
from whylogs.core import DatasetProfile, DatasetProfileView
from whylogs.viz.drift.column_drift_algorithms import KS, calculate_drift_scores


def batches(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Log frames of some rows each into one profile."""
    return _frames(data, clock, measuring.BATCH_ROWS)


def whole(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Log all rows as one frame."""
    return _frames(data, clock, len(data.current))


def _frames(data: measuring.Data, clock: measuring.Clock, size: int) -> dict[str, int]:
    reference, current = (pd.DataFrame(it, columns=data.names) for it in (data.reference, data.current))
    with clock.stage("reference"):
        known = why.log(reference).view()
    with clock.stage("count"):
        profile = DatasetProfile()
        for start in range(0, len(current), size):
            profile.track(current.iloc[start : start + size])
        view = profile.view()
    return _judged(view, known, data, clock)


def rows(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Log rows that come one at a time into a profile that rolls, as its users do in a server."""
    reference, dicts = pd.DataFrame(data.reference, columns=data.names), data.dicts()
    with clock.stage("reference"):
        known = why.log(reference).view()
    profiles: list[DatasetProfileView] = []
    with clock.stage("count"):
        logger = why.logger(
            mode="rolling", interval=1, when="D", base_name="bench",
            callback=lambda _writer, profile, _name: profiles.append(profile),
        )  # fmt: skip
        for row in dicts:
            logger.log(row=row)
        logger.close()
    return _judged(profiles[0], known, data, clock)


def gathered(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Gather rows that come one at a time into small frames, and log these into one profile."""
    reference, dicts = pd.DataFrame(data.reference, columns=data.names), data.dicts()
    with clock.stage("reference"):
        known = why.log(reference).view()
    with clock.stage("count"):
        profile = DatasetProfile()
        for start in range(0, len(dicts), measuring.GATHERED_ROWS):
            profile.track(pd.DataFrame(dicts[start : start + measuring.GATHERED_ROWS]))
        view = profile.view()
    return _judged(view, known, data, clock)


def _judged(
    view: DatasetProfileView, known: DatasetProfileView, data: measuring.Data, clock: measuring.Clock
) -> dict[str, int]:
    with clock.stage("judge"):
        methods = dict.fromkeys(data.names, KS())
        scores = calculate_drift_scores(view, known, drift_map=methods, with_thresholds=True)
    counted = view.get_column(data.names[0]).get_metric("counts").n.value
    return {"rows": counted, "drifted": sum(it["drift_category"] == "DRIFT" for it in scores.values())}


if __name__ == "__main__":
    measuring.main({"batches": batches, "whole": whole, "gathered": gathered, "rows": rows})
