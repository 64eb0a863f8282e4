"""What passes through a model, what is lost on the way to the counts, and what it costs its pods."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names, resources
from modelmonitor.plan.dashboards import alarms, panels, style
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.traffic.requests import QUANTILES, ROWS_QUANTILES
from modelmonitor.wire import families

LIMITS = {"0.5": 0.05, "0.95": 0.1, "0.99": 0.2}
"""Seconds that are usual for half, 95 % and 99 % of the requests of an online model."""
FAILED = ((0.001, style.WARNING), (0.01, style.BAD))
_COLOURS = (style.FAINT, style.SECOND, style.CALM)
_BANDS = (("high", style.CALM), ("mid", style.SECOND), ("low", style.WARNING))


def sections(records: Records) -> Iterator[Section]:
    """Yield traffic with the model's alerts, losses, and resources."""
    if records.has(names.THROUGHPUT):
        confidence = (_confidence(records),) if records.has(names.CONFIDENCE) else ()
        lines = [
            Line(8, (_throughput(records), _errors(records), _latency(records))),
            Line(8, (_batches(records), *confidence, _pods(records))),
        ]
        if records.alerts:
            lines.append(alarms.line(records))
        yield Section(tuple(lines), "Traffic")
        yield Section((Line(7, (_lost(records), _queue(records), _waiting(records))),), "Losses")
    if records.has(names.RESOURCE):
        yield Section((Line(7, tuple(_resource(records, kind) for kind in resources.BOUNDS)),), "Resources")


def _throughput(records: Records) -> Any:
    about = About(
        "Throughput",
        "Predictions per second of all replicas, and the requests that they came in. Normal: the usual "
        "rhythm of the day. Requests without predictions: they cannot be read; see Losses.",
    )
    asked = [
        Query(records.of(names.THROUGHPUT), "predictions"),
        Query(records.of(names.REQUEST_RATE), "requests"),
    ]
    drawing = Drawing(overrides=style.colours((style.CALM, style.FAINT)))
    return panels.graph(about, asked, Scale("suffix:/s", 1, low=0), drawing)


def _errors(records: Records) -> Any:
    about = About(
        "Failed requests",
        "Share of the requests that the model failed to answer: server errors, resets and timeouts; what its "
        "callers did wrong does not count. Normal: below 0.1 %, the lower dashed line. A gap: no requests.",
    )
    drawing = Drawing(style.limits(*FAILED), overrides=style.colours((style.CALM,)))
    scale = Scale("percentunit", 2, low=0, soft_high=0.012)
    return panels.graph(about, [Query(records.of(names.ERROR_SHARE), "failed")], scale, drawing)


def _latency(records: Records) -> Any:
    about = About(
        "Latency",
        "Time within which half, 95 % and 99 % of the requests are answered, whole batches at a time. "
        "Normal: each line below the dashed one of its colour: 50, 100 and 200 ms are usual for online "
        "models. All lines rising together: load or a dependency; p99 alone: few slow requests.",
    )
    asked = [
        Query(records.of(names.LATENCY, f'{names.QUANTILE}="{it}"'), f"p{float(it) * 100:.0f}")
        for it in QUANTILES
    ]
    limits = style.limits(*zip(LIMITS.values(), _COLOURS, strict=True))
    drawing = Drawing(limits, overrides=style.colours(_COLOURS))
    return panels.graph(about, asked, Scale("s", low=0, soft_high=0.22), drawing)


def _batches(records: Records) -> Any:
    about = About(
        "Rows per request",
        "Rows of half of the requests at most, and of 95 %. Normal: level; 1 where callers ask for one "
        "prediction at a time. Larger batches explain slower requests.",
    )
    asked = [
        Query(records.of(names.BATCH_ROWS, f'{names.QUANTILE}="{it}"'), f"p{float(it) * 100:.0f}")
        for it in ROWS_QUANTILES
    ]
    drawing = Drawing(overrides=style.colours((style.SECOND, style.CALM)))
    return panels.graph(about, asked, Scale("short", 0, low=0), drawing)


def _confidence(records: Records) -> Any:
    about = About(
        "Confidence",
        "Share of the predictions by the probability of the class that was predicted: high is above 0.9, low "
        "below 0.5. Normal: level bands. More low ones: the model sees what it does not know.",
    )
    asked = [Query(records.of(names.CONFIDENCE, f'{names.BAND}="{band}"'), band) for band, _ in _BANDS]
    drawing = Drawing(bars=True, overrides=style.colours(colour for _, colour in _BANDS), step="5m")
    return panels.graph(about, asked, Scale("percentunit", 0, low=0, high=1), drawing)


def _pods(records: Records) -> Any:
    about = About(
        "Pods",
        "Pods whose evaluator is scraped, and those of them behind which the model accepts connections. "
        "Normal: both the same, and as many as you run. None ready: the model is down.",
    )
    asked = [
        Query(f"count({records.scope.counted(families.INFO)})", "scraped"),
        Query(f"sum({records.scope.counted(families.MODEL_UP)})", "model answers"),
    ]
    drawing = Drawing(overrides=style.colours((style.FAINT, style.CALM)))
    return panels.graph(about, asked, Scale("none", 0, low=0), drawing)


def _lost(records: Records) -> Any:
    about = About(
        "Lost on the way",
        "Share of the predictions that were answered and not counted, or not held against their label, by "
        "reason. Normal: nothing at all, an empty panel. queue_full: the evaluator needs more processor. "
        "store_*: the label store. unreadable: the protocol is another one than configured.",
    )
    asked = Query(f"{records.of(names.LOST_SHARE)}", f"{{{{{names.REASON}}}}}")
    return panels.graph(about, [asked], Scale("percentunit", 2, low=0, soft_high=0.01), Drawing())


def _queue(records: Records) -> Any:
    used, limit = (records.scope.counted(it) for it in (families.QUEUE_BYTES, families.QUEUE_LIMIT))
    about = About(
        "Queue",
        "How full the fullest queue of copies is that wait to be counted. Normal: near 0 %. Rising: counting "
        "is slower than the model; at 100 % copies are dropped, requests never wait.",
    )
    asked = Query(f"max({used} / {limit})", "fullest")
    drawing = Drawing(style.limits((0.8, style.WARNING)), overrides=style.colours((style.CALM,)))
    return panels.graph(about, [asked], Scale("percentunit", 1, low=0, high=1), drawing)


def _waiting(records: Records) -> Any:
    about = About(
        "Waiting for labels",
        "Predictions that wait for their maturity, in all replicas. Normal: as many as are made in the time "
        "of maturity. Much less: ids are missing, or the store lost them.",
    )
    drawing = Drawing(overrides=style.colours((style.CALM,)))
    asked = Query(f"sum({records.scope.counted(families.PENDING)})", "waiting")
    return panels.graph(about, [asked], Scale("short", 0, low=0), drawing)


_SAID = {
    "cpu": ("Processor", "Beyond it requests become slow."),
    "memory": ("Memory", "At 100 % the container is killed."),
    "gpu": ("Accelerator", "Beyond it requests wait."),
    "gpu_memory": ("Accelerator memory", "At 100 % the model fails."),
}


def _resource(records: Records, kind: str) -> Any:
    title, meaning = _SAID[kind]
    bound = float(resources.BOUNDS[kind])
    about = About(
        title,
        "Share of its limit that each pod uses, of its worst container or device. Normal: below "
        f"{bound:.0%}, the dashed line. {meaning} No data: no limit is set, or nobody measures it here.",
    )
    share = records.of(names.RESOURCE, f'{names.RESOURCE_KIND}="{kind}"')
    used = f"max by ({names.POD}) ({share})"
    drawing = Drawing(style.limits((bound, style.BAD)), last=False)
    query = Query(used, f"{{{{{names.POD}}}}}")
    return panels.graph(about, [query], Scale("percentunit", 0, low=0, high=1), drawing)
