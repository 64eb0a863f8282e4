"""Numbers, strings and lines of PromQL mean what they stand for, whatever is put into them."""

from decimal import Decimal
from fractions import Fraction

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.plan import promql

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.fractions(min_value=0, max_value=10**9))
def test_a_number_is_exact_to_fifteen_digits(value: Fraction) -> None:
    shown = promql.number(value)
    assert abs(Fraction(shown) - value) <= abs(value) * Fraction(5, 10**15)
    assert "e" not in shown.lower()


@given(st.decimals(-(10**6), 10**6, places=6))
def test_a_decimal_is_written_as_it_is(value: Decimal) -> None:
    assert Decimal(promql.number(value)) == value


@given(st.fractions(min_value=Fraction(1, 10**9), max_value=10**9))
def test_a_number_is_a_promql_literal(value: Fraction) -> None:
    tree = promql_parser.parse(promql.number(value))
    assert isinstance(tree, promql_parser.NumberLiteral)
    assert tree.val == pytest.approx(float(value))


@given(texts)
def test_a_string_stands_for_its_text(text: str) -> None:
    tree = promql_parser.parse(f"x{{a={promql.string(text)}}}")
    assert [matcher.value for matcher in tree.matchers.matchers] == [text]


@given(st.dictionaries(st.from_regex("[a-z_]{1,5}", fullmatch=True), texts, max_size=4))
def test_a_selector_selects_its_labels_and_nothing_else(labels: dict[str, str]) -> None:
    tree = promql_parser.parse(promql.selector("metric", labels))
    assert {matcher.name: matcher.value for matcher in tree.matchers.matchers} == labels


@given(
    st.lists(
        st.sampled_from(["sum(", "rate(", "x", '{a="b # c\\n"}', "[5m]", ")", ")", " # note\n", "\n", " "])
    )
)
def test_one_line_keeps_words_and_drops_lines_and_comments(words: list[str]) -> None:
    query = "".join(words)
    line = promql.one_line(query)
    assert "\n" not in line
    assert [token.text for token in promql.tokens(line)] == [token.text for token in promql.tokens(query)]
    assert promql.one_line(line) == line


def test_a_comment_at_the_end_is_no_part_of_the_line() -> None:
    assert promql.one_line("sum(x) # why\n/ 2") == "sum(x) / 2"
    assert promql.one_line('x{a="# no comment"}') == 'x{a="# no comment"}'
