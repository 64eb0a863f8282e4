import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.evaluator import texts


@pytest.mark.parametrize("value", [1, 1.0, "1", np.int64(1), np.float32(1.0), np.str_("1")])
def test_one_class_has_one_text_whatever_its_type(value):
    assert texts.class_text(value) == "1"


def test_truth_values_are_written_as_in_json():
    assert [texts.class_text(value) for value in (True, False, np.True_)] == ["true", "false", "true"]


def test_minus_zero_is_zero():
    assert texts.class_text(-0.0) == "0"


@pytest.mark.parametrize(
    "value", [None, "", math.nan, math.inf, -math.inf, np.float64("nan"), [1], {"a": 1}, b"1", 1 << 2000]
)
def test_what_is_no_scalar_is_no_class(value):
    assert texts.class_text(value) is None


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_has_the_same_text_as_integer_and_as_float(value):
    assert texts.class_text(value) == texts.class_text(float(value)) == str(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(value):
    text = texts.class_text(value)
    assert text is not None
    assert float(text) == value
