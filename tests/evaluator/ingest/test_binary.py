"""The binary tensor extension."""

import json

import numpy as np
import pytest

from evaluator.ingest.bodies import NUMPY, listed, lost, packed, rows, scheme, tensor
from modelmonitor.evaluator.ingest import binary
from modelmonitor.evaluator.ingest.reading import Refused
from modelmonitor.wire.loss import Loss

HEADER = "inference-header-content-length"
ANSWER = {"outputs": [tensor("predict", [0.25, 0.75])]}
FEATURES = tensor("x", [[39, 1.5], [50, 2.5]], "FP32")


@pytest.mark.parametrize("datatype", [*NUMPY, "BF16"])
def test_every_type_of_numbers_is_read(datatype):
    request, headers = packed("inputs", tensor("x", [[1, 0], [1, 1]], datatype))
    found = rows(scheme(), request, ANSWER, headers)
    assert listed(found.features) == {"age": [1, 1], "income": [0, 1]}


@pytest.mark.parametrize(
    ("datatype", "value"),
    [("INT8", -128), ("UINT64", 2**64 - 1), ("FP16", -1.5), ("BF16", -2.5), ("FP64", 1e300)],
)
def test_extremes_keep_their_value(datatype, value):
    request, headers = packed("inputs", tensor("x", [[value, 0], [0, value]], datatype))
    assert listed(rows(scheme(), request, ANSWER, headers).features) == {
        "age": [value, 0],
        "income": [0, value],
    }


def test_truth_values_stay_what_they_are():
    request, headers = packed("inputs", tensor("x", [[True, False], [True, True]], "BOOL"))
    age = rows(scheme(), request, ANSWER, headers).features["age"]
    assert age.dtype == bool


def test_numbers_of_a_batch_are_not_copied():
    request, headers = packed("inputs", FEATURES)
    age = rows(scheme(), request, ANSWER, headers).features["age"]
    assert isinstance(age, np.ndarray)
    assert not age.flags.owndata


def test_a_single_row_becomes_plain_numbers():
    request, headers = packed("inputs", tensor("x", [[39, 1.5]], "FP32"))
    answer, answered = packed("outputs", tensor("predict", [[0.5]], "FP32"))
    found = rows(scheme(), request, answer, headers, answered)
    assert found.features == {"age": [39.0], "income": [1.5]}
    assert found.scores == [0.5]


def test_texts_are_read_with_their_lengths():
    named = scheme(categorical=("city",))
    city = tensor("city", ["Köln", ""], "BYTES")
    request, headers = packed("inputs", FEATURES, city)
    assert rows(named, request, ANSWER, headers).features["city"] == ["Köln", ""]


def test_a_text_that_is_no_utf_8_is_a_value_like_another():
    text = json.dumps(
        {
            "inputs": [
                {"name": "age", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 6}}
            ]
        }
    ).encode()
    answer = {"outputs": [tensor("predict", [0.5])]}
    headers = {HEADER: str(len(text))}
    found = rows(scheme(numeric=("age",)), text + b"\x02\0\0\0\xff\xfe", answer, headers)
    assert found.features == {"age": ["\ufffd\ufffd"]}


def test_binary_and_json_tensors_may_stand_side_by_side():
    raw = np.asarray([39, 50], "<i4").tobytes()
    age = {"name": "age", "shape": [2, 1], "datatype": "INT32", "parameters": {"binary_data_size": len(raw)}}
    text = json.dumps({"inputs": [tensor("income", [1.5, 2.5]), age]}).encode()
    found = rows(scheme(), text + raw, ANSWER, {HEADER: str(len(text))})
    assert listed(found.features) == {"age": [39, 50], "income": [1.5, 2.5]}


def test_probabilities_of_both_classes_come_as_two_columns():
    answer, answered = packed("outputs", tensor("probabilities", [[0.75, 0.25], [0.5, 0.5]], "FP32"))
    request, headers = packed("inputs", FEATURES)
    assert listed(rows(scheme(), request, answer, headers, answered).scores) == [0.25, 0.5]


def message(size, shape=(2, 2), datatype="FP32", raw=b"\0" * 16, **more):
    parameters = {"binary_data_size": size}
    one = {"name": "x", "shape": list(shape), "datatype": datatype, "parameters": parameters, **more}
    return json.dumps({"inputs": [one]}).encode(), raw


BROKEN = {
    "negative size": message(-1),
    "negative size and nothing there": message(-16, raw=b""),
    "huge size": message(2**63),
    "true is no size": message(True),
    "a text is no size": message("16"),
    "too small for the shape": message(15),
    "bytes left over": message(16, raw=b"\0" * 17),
    "cut off": message(16, raw=b"\0" * 12),
    "unknown type": message(16, datatype="COMPLEX64"),
    "data beside bytes": message(16, data=[1, 2, 3, 4]),
    "product overflows": message(16, shape=(2**62, 2**62)),
    "texts without end": message(16, shape=(10**15,), datatype="BYTES"),
    "length of a text beyond the end": message(16, shape=(1,), datatype="BYTES", raw=b"\xff" * 16),
    "bytes after the last text": message(16, shape=(1,), datatype="BYTES"),
    "length of a text cut off": message(4, shape=(1,), datatype="BYTES", raw=b"\x01\0\0\0"),
}


@pytest.mark.parametrize(("text", "raw"), BROKEN.values(), ids=BROKEN)
def test_sizes_that_do_not_fit_are_malformed(text, raw):
    assert lost(scheme(), text + raw, ANSWER, {HEADER: str(len(text))}) is Loss.MALFORMED


@pytest.mark.parametrize("length", ["-1", "", " 3", "1_0", "0x10", "99999", "9" * 4000, "²", "1.0"])
def test_a_header_that_is_no_length_within_the_body_is_malformed(length):
    text, raw = message(16)
    assert lost(scheme(), text + raw, ANSWER, {HEADER: length}) is Loss.MALFORMED


@pytest.mark.parametrize("size", [-1, True, 1.0, "1", []])
def test_a_size_is_a_number_of_bytes(size):
    with pytest.raises(Refused):
        binary.size({"binary_data_size": size})


def test_texts_reach_exactly_to_the_end():
    assert binary.values("BYTES", 0, b"") == []
    assert binary.values("BYTES", 2, b"\0\0\0\0\x01\0\0\0a") == ["", "a"]


def test_tensors_are_found_where_nobody_says_where_they_begin():
    request, _ = packed("inputs", FEATURES)
    answer, _ = packed("outputs", tensor("predict", [0.25, 0.75], "FP64"))
    assert listed(rows(scheme(), request, answer).features) == {"age": [39, 50], "income": [1.5, 2.5]}


@pytest.mark.parametrize("spoiled", [b"\0", b"}", b"{}"])
def test_a_message_with_more_bytes_than_its_tensors_is_malformed_with_or_without_the_header(spoiled):
    request, headers = packed("inputs", FEATURES)
    for given in (headers, {}):
        assert lost(scheme(), request + spoiled, ANSWER, given) is Loss.MALFORMED
    plain = json.dumps({"inputs": [tensor("x", [[39, 1.5]])]}).encode()
    assert lost(scheme(), plain + spoiled, ANSWER) is Loss.MALFORMED
