"""The whole document, part by part."""

import asyncio
import datetime as dt
import math
from collections.abc import Iterator

from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.exchange import Outcome
from modelmonitor.evaluator.statistics.drift import drifts
from modelmonitor.evaluator.statistics.fairness import gaps
from modelmonitor.evaluator.statistics.quality import quality
from modelmonitor.evaluator.statistics.telling import Document, by_label, quantiles, told, whole
from modelmonitor.series import declared, requests
from modelmonitor.wire import families
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.scheme import Scheme

GOOD_COVERAGE, POOR_COVERAGE = 0.8, 0.5


def document(counters: Counters, now: float) -> Document:
    """Tell everything that these counters say, as JSON; a number that is not defined is null.

    Without a scheme, only requests and losses.
    """
    found = _running(counters, now)
    for name, part in _judged(counters):
        found[name].append(part)
    return _ordered(found)


async def gradually(counters: Counters, now: float) -> Document:
    """Tell the same, but let others work in between: all of it may take 50 ms, a part one or two."""
    found = _running(counters, now)
    for name, part in _judged(counters):
        found[name].append(part)
        await asyncio.sleep(0)
    return _ordered(found)


def _judged(counters: Counters) -> Iterator[tuple[str, Document]]:
    """Yield what takes long to compute, piece by piece, each under the name of its list."""
    bank, scheme = counters.bank, counters.scheme
    if scheme is not None:
        for name, parts in (("quality", quality), ("drift", drifts), ("fairness", gaps)):
            for part in parts(bank, scheme):
                yield name, part


def _ordered(found: Document) -> Document:
    """Bring the columns that have moved farthest to the front."""
    if "drift" in found:
        found["drift"].sort(key=lambda one: -(one["psi"] or 0.0))
    return found


def _running(counters: Counters, now: float) -> Document:
    counters.traffic.fold()
    bank, scheme = counters.bank, counters.scheme
    found: Document = {
        "time": dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="seconds"),
        "state": counters.state,
        "version": counters.version,
        "release": counters.release,
        "traffic": _traffic(counters),
        "losses": {name: count for name, count in by_label(bank, families.DROPPED, _LOSSES).items() if count},
        "queue": {name: told(bank[family][0]) for name, family in _QUEUE.items()},
    }
    return found if scheme is None else {**found, **_counted(bank, scheme)}


_LOSSES = tuple(loss.value for loss in Loss)
_QUEUE = {"bytes": families.QUEUE_BYTES, "limitBytes": families.QUEUE_LIMIT}


def _counted(bank: Bank, scheme: Scheme) -> Document:
    profile = scheme.profile
    return {
        "monitor": scheme.config.monitor,
        "task": scheme.task.value,
        "config": scheme.config.hash,
        "reference": {"profile": profile.hash, "rows": profile.rows} if profile else None,
        "predictions": _predictions(bank, scheme),
        "coverage": _coverage(bank),
        "quality": [],
        "drift": [],
        "fairness": [],
    }


def _traffic(counters: Counters) -> Document:
    bank = counters.bank
    counted = bank[families.REQUESTS]
    outcomes = tuple(outcome.value for outcome in Outcome)
    up = bank.get(families.MODEL_UP)
    return {
        "requests": int(counted.sum()),
        "byOutcome": dict(zip(outcomes, map(int, counted.sum(axis=0)), strict=True)),
        "byCode": {
            code: count
            for code, count in zip(requests.CODES, map(int, counted.sum(axis=1)), strict=True)
            if count
        },
        "passthrough": whole(bank, families.PASSTHROUGH),
        "seconds": quantiles(bank, families.DURATION, requests.DURATION_EDGES),
        "thresholds": _thresholds(counters),
        "modelUp": None if up is None or math.isnan(up[0]) else bool(up[0]),
    }


def _thresholds(counters: Counters) -> list[Document]:
    limits = requests.thresholds(counters.config)
    if not limits:
        return []
    pairs = zip(counters.bank[families.WITHIN], counters.bank[families.TIMED], strict=True)
    return [
        {"seconds": limit, "within": int(within), "of": int(timed)}
        for limit, (within, timed) in zip(limits, pairs, strict=True)
    ]


def _predictions(bank: Bank, scheme: Scheme) -> Document:
    found: Document = {
        "count": int(bank[families.PREDICTIONS].sum()),
        "withoutId": whole(bank, families.WITHOUT_ID),
        "unexpectedColumns": whole(bank, families.UNEXPECTED),
        "requestRows": quantiles(bank, families.BATCH_SIZE, requests.ROWS_EDGES),
    }
    if scheme.classes:
        found["byClass"] = by_label(bank, families.PREDICTIONS, (*scheme.classes, OTHER))
        found["confidence"] = by_label(bank, families.CONFIDENCE, declared.BANDS)
    return found


def _coverage(bank: Bank) -> Document:
    matured = int(bank[families.COHORT][0])
    explicit, implicit = map(int, bank[families.COHORT_LABELLED])
    share = (explicit + implicit) / matured if matured else math.nan
    return {
        "matured": matured,
        "explicit": explicit,
        "implicit": implicit,
        "share": told(share),
        "state": _covered(share),
        "pending": told(bank[families.PENDING][0]),
        "labels": by_label(bank, families.LABELS, declared.LABEL_OUTCOMES),
        "lagSeconds": quantiles(bank, families.LABEL_LAG, declared.LAG_EDGES),
        "storeErrors": whole(bank, families.STORE_ERRORS),
    }


def _covered(share: float) -> str:
    if math.isnan(share):
        return "NoData"
    return "Good" if share > GOOD_COVERAGE else "Warning" if share >= POOR_COVERAGE else "Critical"
