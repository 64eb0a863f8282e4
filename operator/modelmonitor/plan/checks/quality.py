"""Whether the quality that is asked for exists: for this task, on this side, in this reference."""

from collections.abc import Iterator

from modelmonitor.api import ModelMonitor
from modelmonitor.api.indicators import Quality
from modelmonitor.errors import Problem
from modelmonitor.plan import promql
from modelmonitor.plan.degradation import metrics
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task
from modelmonitor.wire.measures import Measure, Shape
from modelmonitor.wire.profile import Profile

_NEEDS_MEAN = "R2"
"""Its sums are centred by the reference's mean of the target."""


def problems(monitor: ModelMonitor, profile: Profile | None) -> Iterator[Problem]:
    """Yield every reason why a metric could not be told, or its bound could never be kept or missed."""
    for position, objective in enumerate(monitor.spec.objectives):
        if objective.sli.quality:
            path = f"spec.objectives[{position}].sli.quality"
            yield from _objective(path, objective.sli.quality, monitor, profile)
    for position, metric in enumerate(monitor.spec.degradation.metrics if monitor.spec.degradation else ()):
        yield from _metric(f"spec.degradation.metrics[{position}]", metric, monitor)
        if metric in metrics.UNSURE:
            remedy = "make it an objective with a bound, or judge a mean or a share in its place"
            expected = "a metric whose counters say how sure it is"
            yield Problem(f"spec.degradation.metrics[{position}]", expected, metric, remedy)
    if monitor.spec.degradation and profile:
        yield from _baseline(monitor, profile)
    if monitor.spec.model.costs and monitor.spec.model.task is not Task.BINARY:
        task, remedy = monitor.spec.model.task, "remove them, or record your own with spec.business"
        yield Problem("spec.model.costs", f"costs of a {Task.BINARY} alone", f"those of a {task}", remedy)


def _objective(
    path: str, quality: Quality, monitor: ModelMonitor, profile: Profile | None
) -> Iterator[Problem]:
    measure = measures.measure(quality.metric, monitor.spec.model.task)
    yield from _metric(f"{path}.metric", quality.metric, monitor)
    if measure is None:
        return
    lacks_mean = profile.target_mean is None if profile else monitor.spec.reference is None
    if measure.name == _NEEDS_MEAN and lacks_mean:
        remedy = "write the reference with --target, and name it in spec.reference"
        yield Problem(f"{path}.metric", "a reference with the mean of the target", "none", remedy)
    side = "atLeast" if measure.higher_is_better else "atMost"
    other = quality.at_most if measure.higher_is_better else quality.at_least
    if not quality.is_bounded and measure.shape is not Shape.SHARE:
        expected = f"{side}, for {quality.metric} is no share of predictions"
        yield Problem(path, expected, "no bound", "say from which value on it is good")
    elif other is not None:
        which = "more" if measure.higher_is_better else "less"
        wrong = "atMost" if measure.higher_is_better else "atLeast"
        yield Problem(
            f"{path}.{wrong}", f"{side}: {which} of {quality.metric} is better", wrong, f"write {side}"
        )
    else:
        yield from _reach(path, quality, measure)


def _reach(path: str, quality: Quality, measure: Measure) -> Iterator[Problem]:
    """Refuse a bound beyond the best that there is: 1 where more is better, 0 where less is."""
    if measure.higher_is_better and quality.at_least is not None and quality.at_least > 1:
        share = promql.number(quality.at_least / 100)
        remedy = f"write a share, such as {share}" if quality.at_least <= 100 else "write a share"
        expected = f"at most 1, the best {quality.metric} there is"
        yield Problem(f"{path}.atLeast", expected, promql.number(quality.at_least), remedy)
    if not measure.higher_is_better and quality.at_most is not None and quality.at_most < 0:
        expected = f"at least 0, the best {quality.metric} there is"
        yield Problem(
            f"{path}.atMost", expected, promql.number(quality.at_most), "no slice would ever be good"
        )


def _metric(path: str, metric: str, monitor: ModelMonitor) -> Iterator[Problem]:
    task, depths = monitor.spec.model.task, monitor.spec.model.ranking_depths
    if measures.measure(metric, task) is None:
        known = [f"{it.name}{'@K' if it.with_depth else ''}" for it in measures.MEASURES if task in it.tasks]
        yield Problem(path, f"a metric of {task} ({', '.join(known)})", metric, "choose one of them")
    elif (depth := measures.depth(metric)) and depth not in depths:
        expected = f"a depth of spec.model.rankingDepths ({', '.join(map(str, depths))})"
        yield Problem(path, expected, metric, f"add {depth} there")


def _baseline(monitor: ModelMonitor, profile: Profile) -> Iterator[Problem]:
    """Refuse to compare with what the reference does not tell."""
    known = {metric.name: metric.value for metric in profile.metrics}
    asked = monitor.spec.degradation.metrics if monitor.spec.degradation else ()
    if not known:
        remedy = "write it with --target, and --prediction or --score"
        if monitor.spec.model.task is Task.RANKING:
            remedy = "`modelmonitor profile` tells none of a ranking: use objectives with atLeast"
        yield Problem("spec.degradation", "a reference with quality to compare with", "one without", remedy)
        return
    usual = metrics.summary(monitor)
    if not asked and not any(known.get(metric) for metric in usual):
        expected = f"a reference with one of {', '.join(usual)} (not 0), for nothing else is judged unasked"
        remedy = "write the reference with what they need, or name others in spec.degradation.metrics"
        yield Problem("spec.degradation", expected, f"one with {', '.join(known)}", remedy)
    for position, metric in enumerate(asked):
        path = f"spec.degradation.metrics[{position}]"
        if metric not in known:
            expected = f"a metric of the reference ({', '.join(known)})"
            yield Problem(path, expected, metric, "remove it, or use an objective, which needs no baseline")
        elif known[metric] == 0:
            expected, remedy = (
                "a metric whose baseline is not 0",
                "use an objective: no change is relative to 0",
            )
            yield Problem(path, expected, f"{metric} = 0", remedy)
