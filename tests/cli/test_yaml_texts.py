"""The YAML that we write is read as what it was, by every reader; the YAML that we read keeps its lines."""

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given

from modelmonitor.cli import nodes
from modelmonitor.plan.yamltext import to_yaml

TRICKY = st.text("ab: #-'\"\n|>{}[]&*!%@`\\0159.~yYnNoOtTeE=<\t\x85\u2028\ufeff", max_size=12)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | TRICKY
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
LOOKS_LIKE_ELSE = ["on", "No", "y", "null", "~", "1", "1.5", "1e3", "0x1f", "2026-11-21", "1:30", "=", ""]
PLAIN = ["5m", "1h30m", 'sum(rate(x{a="b"}[5m])) > 0', "slo:sli_error:ratio_rate5m", "a-b"]
LINES = {"": 1, "a": 1, "a.b": 2, "a.b[1]": 4, "a.b[1].c": 4, "a['d.e']": 5, "a.missing": 1, "a.b[9]": 2}


@given(DOCUMENTS)
def test_what_is_written_is_read_back_by_both_readers_of_yaml(document: object) -> None:
    text = to_yaml(document)
    assert yaml.safe_load(text) == document
    assert yaml.load(text, yaml.CSafeLoader) == document


@given(DOCUMENTS)
def test_our_reader_reads_what_ours_writes(document: object) -> None:
    values = nodes.Values()
    (root,) = nodes.documents(to_yaml(document))
    assert values.value(root) == document
    assert not values.problems


@pytest.mark.parametrize(
    "text", ["on", "No", "y", "null", "~", "1", "1.5", "1e3", "0x1f", "2026-11-21", "1:30", "", "=", "<<"]
)
def test_a_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert to_yaml({"a": text})[3:4] in {"'", '"'}


@pytest.mark.parametrize(
    "text", ["5m", "1h30m", 'sum(rate(x{a="b"}[5m])) > 0', "slo:sli_error:ratio_rate5m", "a-b"]
)
def test_durations_queries_and_names_stay_plain(text: str) -> None:
    assert to_yaml({"a": text}) == f"a: {text}\n"


def test_a_text_of_several_lines_is_a_block() -> None:
    assert to_yaml({"a": "x\n  y\n\nz"}) == "a: |-\n  x\n    y\n\n  z\n"


def test_times_and_sexagesimals_are_texts_as_kubernetes_reads_them() -> None:
    (root,) = nodes.documents("a: 2026-11-21\nb: 1:30\nc: 2026-11-21T10:00:00Z\n")
    assert nodes.Values().value(root) == {"a": "2026-11-21", "b": "1:30", "c": "2026-11-21T10:00:00Z"}


@pytest.mark.parametrize(("path", "line"), LINES.items())
def test_a_path_leads_to_its_line_or_to_its_nearest_parent(path: str, line: int) -> None:
    (root,) = nodes.documents("a:\n  b:\n  - 1\n  - c: 2\n  d.e: 3\n")
    assert nodes.line_of(root, path) == line
