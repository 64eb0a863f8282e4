"""A query and its form are PromQL together or not at all, and count the same."""

import promql_parser
from hypothesis import example, given
from hypothesis import strategies as st

from modelmonitor.plan import form

QUERIES = (
    'sum(rate(m{job="a",code=~"5..",x!="q"}[5m])) / sum by (y) (rate(n{z=""}[5m]))',
    'label_replace(up{a="b"}, "dst", "$1", "src", "x=(.*)")',
    '{"foo.bar"="b",x="y"}',
    'm{a="x=",b=~"="}',
)
SCRAPS = ('="', '=~"a(b"', '""', '"', "'", "`", "\\", "#", "\n", "=", "}", '="b"', "[5m]", " or ")


@st.composite
def edited(draw: st.DrawFn) -> str:
    query = draw(st.sampled_from(QUERIES))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(query)))
        left_out = draw(st.integers(0, 2))
        query = query[:start] + draw(st.sampled_from(SCRAPS)) + query[start + left_out :]
    return query


def is_promql(query: str) -> bool:
    try:
        promql_parser.parse(query)
    except ValueError:
        return False
    return True


@given(edited())
@example('m{a="b\n"}')
@example("""m{a=~'="(b"'}""")
@example("""m{a=~`="(b"`}""")
@example(r'm{a="\"=",b="c"}')
@example('m{ # "\na=~"=",b="c"}')
def test_a_query_is_promql_when_its_form_is(query: str) -> None:
    assert is_promql(form.of(query)) == is_promql(query)


def test_queries_that_differ_in_what_labels_equal_have_one_form() -> None:
    one, other = 'rate(m{job="a",x!="b",y=~"c"}[5m])', 'rate(m{job="d",x!="e",y=~"c"}[5m])'
    assert form.of(one) == form.of(other) == 'rate(m{job="x",x!="x",y=~"c"}[5m])'


def test_an_expression_and_an_empty_text_belong_to_the_form() -> None:
    query = 'm{a=~"b",c=""}'
    assert form.of(query) == query
