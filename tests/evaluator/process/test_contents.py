"""Whatever the bodies hold, through HTTP: what can be counted is counted exactly, the rest has a reason."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.process.behaving import behaving, response, saying, see
from evaluator.running import Evaluator

MILLION = 1_000_000
ROWS = 6


def binary(output: str, rows: int) -> tuple[bytes, int]:
    """Write a message of the binary extension, a byte for each row, and how long its JSON is."""
    tensor = {"name": "age", "shape": [rows], "datatype": "UINT8", "parameters": {"binary_data_size": rows}}
    head = json.dumps({output: [tensor], "id": "million"}).encode()
    return head + bytes(rows), len(head)


def behaviours() -> dict[str, Any]:
    answers = {f"{rows}": churn.answer(*[0.75] * rows) for rows in (1, 2, ROWS)}
    found = {name: saying(response("200 OK", json.dumps(it).encode())) for name, it in answers.items()}
    content, size = binary("outputs", MILLION)
    found["million"] = saying(response("200 OK", content, f"inference-header-content-length: {size}"))
    return found


@pytest.fixture(scope="module")
def model() -> Iterator[int]:
    with behaving(behaviours()) as port:
        yield port


@pytest.fixture
def evaluator(tmp_path: Path, model: int) -> Iterator[Evaluator]:
    with running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as found:
        yield found


def ask(evaluator: Evaluator, body: object, *headers: str, rows: int = 1) -> None:
    """Ask once; the model answers so many rows, whatever it is asked."""
    request = churn.request(body, *headers, "connection: close", target=f"{churn.PATH}?{rows}")
    assert b" 200 OK" in see(evaluator.proxy, request).answer


def tensors(**columns: str) -> bytes:
    """Write a request whose data are given as they will be sent; nested ones have two dimensions."""
    shapes = {
        name: f"[{ROWS}, 1]" if data.startswith("[[") else f"[{ROWS}]" for name, data in columns.items()
    }
    inputs = [
        f'{{"name": "{name}", "shape": {shapes[name]}, "datatype": "FP64", "data": {data}}}'
        for name, data in columns.items()
    ]
    return f'{{"inputs": [{", ".join(inputs)}]}}'.encode()


AGES: list[tuple[str, object]] = [
    ("[17, 30, 30.5, 50, 90, 91]", [17, 30, 30.5, 50, 90, 91]),
    ("[NaN, Infinity, -Infinity, null, 1e999, 40]", [None, math.inf, -math.inf, None, math.inf, 40]),
    ('["40", "x", "", [1], {"a": 1}, 40]', ["40", "x", "", [1], {"a": 1}, 40]),
    ("[[17], [30], [31], [50], [51], [1000]]", [17, 30, 31, 50, 51, 1000]),
]
PLANS: list[tuple[str, object]] = [
    ('["free", "pro", "gold", "free", "Free", null]', ["free", "pro", "gold", "free", "Free", None]),
    ('["", "pro", "\\u00e9\\u0000", 7, 0.5, [1]]', ["", "pro", "é\0", 7, 0.5, [1]]),
]


def numeric(values: list[Any]) -> Counter[str]:
    """Count a column of numbers by the rules of the reference, one value after the other."""
    found: Counter[str] = Counter()
    for value in values:
        is_number = isinstance(value, int | float)
        found["missing"] += not is_number
        found["invalid"] += not is_number and value is not None
        if is_number:
            cell = int(np.searchsorted(churn.EDGES, value, side="left"))
            for upper in ("30.0", "50.0", "+Inf")[cell:]:
                found[upper] += 1
            found["out"] += not 18 <= value <= 90
    return +found


def categorical(values: list[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for value in values:
        if value in (None, "") or isinstance(value, list):
            found["missing"] += 1
            found["invalid"] += isinstance(value, list)
        else:
            found[value if value in churn.CATEGORIES else "__other__"] += 1
    return +found


def counted(evaluator: Evaluator, feature: str) -> Counter[str]:
    """Return what the evaluator has counted of a column, in the same words."""
    families = {
        "feature_missing_total": "missing",
        "feature_invalid_total": "invalid",
        "feature_out_of_range_total": "out",
    }
    found = Counter({word: evaluator.total(family, feature=feature) for family, word in families.items()})
    for family, label in (("feature_value_bucket", "le"), ("feature_category_total", "category")):
        for labels, count in evaluator.series(family, feature=feature).items():
            found[dict(labels)[label]] = count
    return +found


def test_columns_of_any_values_are_counted_as_one_by_one(evaluator: Evaluator) -> None:
    ages, plans, asked = Counter[str](), Counter[str](), 0
    for age_text, age in AGES:
        for plan_text, plan in PLANS:
            ask(evaluator, tensors(age=age_text, plan=plan_text), rows=ROWS)
            ages += numeric(age)
            plans += categorical(plan)
            asked += ROWS
    evaluator.wait("predictions_total", asked)
    assert counted(evaluator, "age") == ages
    assert counted(evaluator, "plan") == plans
    assert churn.lost(evaluator) == {}


def test_columns_may_be_missing_extra_or_in_another_order(evaluator: Evaluator) -> None:
    for age, plan, extra in ((1, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, 2), (1, 1, 2)):
        columns = {
            "extra1": "[0,0,0,0,0,0]",
            "plan": PLANS[0][0],
            "age": AGES[0][0],
            "extra2": "[1,1,1,1,1,1]",
        }
        wanted = {"plan": plan, "age": age, "extra1": extra, "extra2": extra > 1}
        ask(evaluator, tensors(**{name: data for name, data in columns.items() if wanted[name]}), rows=ROWS)
    evaluator.wait("predictions_total", 5 * ROWS)
    assert counted(evaluator, "age") == numeric(AGES[0][1] * 3 + [None] * ROWS * 2)
    assert counted(evaluator, "plan") == categorical(PLANS[0][1] * 3 + [None] * ROWS * 2)
    assert evaluator.total("unexpected_columns_total") == 4 * ROWS


def binary_request(head: dict[str, Any], data: bytes, told: int | None = None) -> tuple[bytes, str]:
    text = json.dumps(head).encode()
    return text + data, f"inference-header-content-length: {len(text) if told is None else told}"


def tensor(**more: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "age", "shape": [1], "datatype": "FP64", **more}]}


EIGHT = {"parameters": {"binary_data_size": 8}}


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b'{"inputs": [{"name": "\xff\xfe"', [], "malformed"),
        (json.dumps(churn.body(40)).encode().replace(b"free", b"fr\xffe"), [], "malformed"),
        (b"[" * 100_000, [], "malformed"),
        (b"", [], "malformed"),
        (tensor(shape=[2], data=[40]), [], "malformed"),
        (tensor(shape=[-1], data=[40]), [], "malformed"),
        (tensor(shape=["1"], data=[40]), [], "malformed"),
        (tensor(shape=[1 << 62, 1 << 62], data=[40]), [], "malformed"),
        (tensor(data=40), [], "malformed"),
        (tensor(shape=[2], data=[40, 41]), [], "row_count"),
        (tensor(shape=[1, 3], data=[40, 41, 42]), [], "feature_count"),
        (*binary_request(tensor(parameters={"binary_data_size": -8}), bytes(8)), "malformed"),
        (*binary_request(tensor(parameters={"binary_data_size": 1 << 62}), bytes(8)), "malformed"),
        (*binary_request(tensor(**EIGHT), bytes(4)), "malformed"),
        (*binary_request(tensor(**EIGHT), bytes(8), told=-1), "malformed"),
        (*binary_request(tensor(**EIGHT), bytes(8), told=1 << 40), "malformed"),
        (churn.body(40), ["content-encoding: gzip"], "encoding"),
        (churn.body(40), ["content-encoding: zstd"], "encoding"),
    ],
)
def test_what_cannot_be_read_passes_and_is_counted_by_its_reason(
    shared: Evaluator, body: object, headers: list[str] | str, reason: str
) -> None:
    before, predictions = churn.lost(shared), shared.total("predictions_total")
    ask(shared, body, *([headers] if isinstance(headers, str) else headers))
    shared.wait("events_dropped_total", sum(before.values()) + 1)
    assert Counter(churn.lost(shared)) - Counter(before) == {reason: 1}
    ask(shared, churn.body(40))
    shared.wait("predictions_total", predictions + 1)
    assert shared.total("predictions_total") == predictions + 1


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, model: int) -> Iterator[Evaluator]:
    folder = tmp_path_factory.mktemp("contents")
    with running.evaluator(folder, churn.config(), churn.REFERENCE, upstream=model) as found:
        yield found


def test_the_first_prediction_of_an_id_waits_and_the_others_are_counted(evaluator: Evaluator) -> None:
    for id_ in ("a", "a", "b", "a"):
        ask(evaluator, churn.body(40), f"x-request-id: {id_}")
    ask(evaluator, churn.body(40))
    evaluator.wait("pending_labels", 2)
    evaluator.wait("events_dropped_total", 2, reason="repeated_id")
    assert evaluator.total("predictions_total") == 5
    assert evaluator.total("predictions_without_id_total") == 1
    assert churn.lost(evaluator) == {"repeated_id": 2}


def test_a_million_rows_are_counted_while_other_requests_are_answered(evaluator: Evaluator) -> None:
    content, size = binary("inputs", MILLION)
    headers = (f"inference-header-content-length: {size}", "content-type: application/octet-stream")
    small = churn.request(churn.body(40), "connection: close", target=f"{churn.PATH}?1")
    see(evaluator.proxy, small)
    peak, taken, began = evaluator.memory("VmHWM"), [], time.monotonic()
    request = churn.request(content, *headers, "connection: close", target=f"{churn.PATH}?million")
    large = threading.Thread(target=see, args=(evaluator.proxy, request))
    large.start()
    while evaluator.total("feature_value_bucket", feature="age", le="30.0") < MILLION:
        for _ in range(10):
            asked = time.monotonic()
            assert b" 200 OK" in see(evaluator.proxy, small).answer
            taken.append(time.monotonic() - asked)
        assert time.monotonic() - began < running.PATIENCE
    whole = time.monotonic() - began
    large.join()
    evaluator.wait("predictions_total", MILLION + 1 + len(taken))
    evaluator.wait("events_dropped_total", 1, reason="store_full")
    while evaluator.total("pending_labels") + evaluator.total("events_dropped_total") < MILLION:
        assert time.monotonic() - began < running.PATIENCE
    assert evaluator.total("pending_labels") + evaluator.total("events_dropped_total") == MILLION
    assert churn.lost(evaluator).keys() == {"store_full"}
    assert max(taken) < whole / 3
    assert evaluator.memory("VmHWM") - peak < 64
