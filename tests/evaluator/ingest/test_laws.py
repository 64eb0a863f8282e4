"""Rows survive every protocol: what a client meant is what is counted."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from evaluator.ingest.bodies import listed, packed, rows, scheme, tensor
from modelmonitor.evaluator.ingest import delimited, sdk
from modelmonitor.wire.config import Protocol
from modelmonitor.wire.scheme import Scheme

NAMES = ("age", "income", "city")
numbers = st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False))
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
scores = st.floats(0, 1)
row = st.fixed_dictionaries({"age": numbers, "income": numbers, "city": st.one_of(st.none(), texts)})
tables = st.lists(st.tuples(row, scores), min_size=1, max_size=6)


def of(protocol: Protocol, **columns: str) -> Scheme:
    return scheme(protocol, numeric=NAMES[:2], categorical=NAMES[2:], columns=columns)


def split(table):
    objects = [one for one, _ in table]
    columns = {name: [one[name] for one in objects] for name in NAMES}
    return objects, columns, [score for _, score in table]


@given(tables, st.booleans())
def test_rows_survive_open_inference(table, flat):
    objects, columns, scored = split(table)
    answer = {"outputs": [tensor("p", scored)]}
    named = [
        tensor(name, it, shape=(len(table),) if flat else (len(table), 1)) for name, it in columns.items()
    ]
    found = rows(of(Protocol.OPEN_INFERENCE), {"inputs": named}, answer)
    assert (found.features, found.scores) == (columns, scored)
    values = [[one[name] for name in NAMES] for one in objects]
    data = [value for one in values for value in one] if flat else values
    wide = tensor("x", data, shape=(len(table), len(NAMES)))
    found = rows(of(Protocol.OPEN_INFERENCE), {"inputs": [wide]}, answer)
    assert (found.features, found.scores) == (columns, scored)


@given(
    st.lists(
        st.tuples(st.floats(width=32), st.integers(-(2**63), 2**63 - 1), texts, scores),
        min_size=1,
        max_size=6,
    )
)
def test_rows_survive_binary_tensors(table):
    age, income, city, scored = map(list, zip(*table, strict=True))
    request, headers = packed(
        "inputs", tensor("age", age, "FP32"), tensor("income", income, "INT64"), tensor("city", city, "BYTES")
    )
    answer, answered = packed("outputs", tensor("p", scored, "FP64"))
    found = rows(of(Protocol.OPEN_INFERENCE), request, answer, headers, answered)
    assert repr(listed(found.features)) == repr({"age": age, "income": income, "city": city})
    assert listed(found.scores) == scored


@given(tables)
def test_rows_survive_kserve_and_mlflow(table):
    objects, columns, scored = split(table)
    values = [[one[name] for name in NAMES] for one in objects]
    answer = {"predictions": scored}
    for instances in (objects, values):
        for protocol in (Protocol.KSERVE_V1, Protocol.MLFLOW):
            found = rows(of(protocol), {"instances": instances}, answer)
            assert (found.features, found.scores) == (columns, scored)
    frames = [
        {"dataframe_split": {"columns": NAMES, "data": values}},
        {"dataframe_records": objects},
        {"inputs": columns},
    ]
    for request in frames:
        found = rows(of(Protocol.MLFLOW), request, answer)
        assert (found.features, found.scores) == (columns, scored)


plain = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2000, exclude_characters="\x85\u2028"), min_size=1
)


@given(st.lists(st.tuples(st.floats(allow_nan=False), plain, scores), min_size=1, max_size=6))
def test_rows_survive_csv(table):
    text = io.StringIO()
    csv.writer(text).writerows([("age", "city"), *(one[:2] for one in table)])
    answer = {"predictions": [one[2] for one in table]}
    found = rows(of(Protocol.MLFLOW), text.getvalue().encode(), answer, {"content-type": "text/csv"})
    assert found.features["age"] == [one[0] for one in table]
    assert found.features["city"] == [None if one[1] in delimited.MISSING else one[1] for one in table]


@given(tables)
def test_rows_survive_paths_and_our_client(table):
    objects, columns, scored = split(table)
    request = {"data": [{"in": one} for one in objects]}
    answer = {"result": {"rows": [{"p": score} for score in scored]}}
    mapped = of(Protocol.JSON, features="data[*].in", score="$.result.rows[*].p")
    found = rows(mapped, request, answer)
    assert (found.features, found.scores) == (columns, scored)
    sent = [{"features": one, "score": score, "id": str(score)} for one, score in table]
    reading = sdk.read(json.dumps({"rows": sent}).encode(), mapped)
    assert (reading.rows.features, reading.rows.scores) == (columns, scored)
    assert reading.rows.ids == [one["id"] for one in sent]


@given(tables)
def test_a_batch_is_its_rows_one_by_one(table):
    _, columns, _ = split(table)
    one_by_one = [
        rows(of(Protocol.KSERVE_V1), {"instances": [one]}, {"predictions": [score]}) for one, score in table
    ]
    assert {name: [found.features[name][0] for found in one_by_one] for name in NAMES} == columns
    assert [found.scores[0] for found in one_by_one] == [score for _, score in table]
