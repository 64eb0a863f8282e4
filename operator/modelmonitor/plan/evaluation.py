"""The config of a monitor's evaluators, so that they count what its rules ask for."""

import json

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api import v1alpha1 as api
from modelmonitor.plan import injection, names, rulefile
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.settings import Settings
from modelmonitor.wire import reading
from modelmonitor.wire.config import Capture, Columns, EvaluatorConfig, Labels, Model, StoreKind
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme, scheme


def is_evaluated(monitor: ModelMonitor) -> bool:
    """Tell whether anything that a monitor asks for is counted by evaluators."""
    spec = monitor.spec
    judged = (spec.drift, spec.degradation, spec.data_quality, spec.model.costs)
    return (
        any((spec.capture, spec.reference, spec.labels, *judged))
        or bool(spec.fairness)
        or any(map(_is_evaluated, spec.objectives))
    )


def _is_evaluated(objective: api.Objective) -> bool:
    sli = objective.sli
    own = (sli.availability and not sli.availability.counter) or (sli.latency and not sli.latency.histogram)
    return bool(sli.quality or sli.drift or own)


def config(monitor: ModelMonitor) -> EvaluatorConfig:
    """Return what the evaluators of a monitor are told."""
    latencies = [one.sli.latency for one in monitor.spec.objectives]
    fast = {it.below.seconds for it in latencies if it and not it.histogram}
    capture = monitor.spec.capture
    return EvaluatorConfig(
        monitor=monitor.name,
        namespace=monitor.namespace,
        model=_model(monitor.spec.model),
        capture=_capture(capture) if capture else Capture(),
        labels=_labels(monitor.spec.labels),
        latency_thresholds=tuple(map(float, sorted(fast))),
        **({"max_series": capture.max_series} if capture else {}),
    )


def evaluated(monitor: ModelMonitor, profile: Profile | None) -> Scheme:
    """Hold a monitor against its reference.

    Raises
    ------
    SpecInvalid
        With every contradiction between the two; paths are those of the config.
    """
    return scheme(config(monitor), profile)


def config_map(monitor: ModelMonitor, settings: Settings, stopped: str = "") -> Manifest:
    """Return the ConfigMap that evaluators read their config from, and webhooks what they add to pods.

    Parameters
    ----------
    stopped
        Why pods get no evaluator for now.
    """
    wanted = injection.injection(monitor, settings, stopped)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": rulefile.metadata(monitor, names.config_object(monitor)),
        "data": {
            wire.KEY_CONFIG: _text(config(monitor)),
            **({wire.KEY_INJECTION: _text(wanted)} if wanted else {}),
        },
    }


def _text(document: object) -> str:
    return json.dumps(reading.write(document), indent=2, ensure_ascii=False) + "\n"


def _model(model: api.Model) -> Model:
    return Model(
        task=model.task,
        classes=model.classes,
        positive_class=model.positive_class,
        decision_threshold=float(model.decision_threshold),
        thresholds=tuple(map(float, model.thresholds)),
        ranking_depths=model.ranking_depths,
        segments=model.segments,
        protected_attributes=model.protected_attributes,
    )


def _capture(capture: api.Capture) -> Capture:
    columns = capture.columns
    return Capture(
        mode=capture.mode,
        protocol=capture.protocol,
        columns=Columns(
            prediction=columns.prediction,
            score=columns.score,
            id=columns.id,
            features=columns.features,
            names=columns.names,
        ),
        paths=capture.paths,
        max_body_bytes=capture.max_body_bytes,
    )


def _labels(labels: api.Labels | None) -> Labels:
    if labels is None:
        return Labels()
    return Labels(
        maturity_seconds=float(labels.maturity.seconds),
        implicit=labels.implicit,
        sampling=float(labels.sampling),
        store=StoreKind.REDIS if labels.store else StoreKind.MEMORY,
    )
