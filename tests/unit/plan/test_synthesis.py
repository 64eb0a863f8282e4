"""Series for a user's query: names and labels are made from its text, or the reason says why not."""

import pytest

from modelmonitor.plan import synthesis
from modelmonitor.plan.synthesis import NotSynthesised


def series(*queries: str, avoiding: str = "", keeping: tuple[str, ...] = ()) -> str:
    selections = [synthesis.counted(query) for query in queries]
    avoided = synthesis.counted(avoiding) if avoiding else None
    return str(synthesis.series(*selections, avoiding=avoided, keeping=keeping))


def rate(matchers: str = "") -> str:
    return f"sum(rate(requests_total{{{matchers}}}[{{{{.window}}}}]))"


@pytest.mark.parametrize(
    ("matchers", "made"),
    [
        ("", "requests_total"),
        ('job="churn"', 'requests_total{job="churn"}'),
        ('code=~"5.."', 'requests_total{code="500"}'),
        ('code=~"5.*|429"', 'requests_total{code="50"}'),
        ('code=~"[45].."', 'requests_total{code="400"}'),
        ('code=~"(4|5)[0-9]{2}"', None),
        ('path=~"/v1/.+"', 'requests_total{path="/v1/0"}'),
        ('le=~"1([.]0)?"', 'requests_total{le="1"}'),
        ('code!="500"', "requests_total"),
        ('code!~"5..",code!=""', 'requests_total{code="example"}'),
        ('code=~".+",code!~"5.*"', 'requests_total{code="0"}'),
    ],
)
def test_labels_are_made_from_matchers(matchers: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(NotSynthesised, match="code"):
            series(rate(matchers))
    else:
        assert series(rate(matchers)) == made


def test_the_others_are_not_among_the_part() -> None:
    assert series(rate('job="a"'), avoiding=rate('job="a",code=~"5.."')) == 'requests_total{job="a"}'
    assert series(rate('code!=""'), avoiding=rate('code!~"5.."')) == 'requests_total{code="500"}'


def test_what_is_grouped_by_gets_a_value() -> None:
    assert series(rate(), keeping=("plan",)) == 'requests_total{plan="example"}'
    assert series(rate('plan=~"pro|basic"'), keeping=("plan",)) == 'requests_total{plan="pro"}'


@pytest.mark.parametrize(
    "query",
    [
        "sum(rate(a[{{.window}}]) + rate(b[{{.window}}]))",
        "sum(rate(a[{{.window}}]) * on (pod) group_left () info)",
        "sum(rate(a[{{.window}}] offset 5m))",
        'sum(rate({__name__=~"a|b"}[{{.window}}]))',
        'sum(label_replace(rate(a[{{.window}}]), "x", "$1", "y", "(.*)"))',
        "sum(count_over_time(a[{{.window}}]))",
    ],
)
def test_a_query_of_more_than_a_selector_and_a_function_is_told(query: str) -> None:
    with pytest.raises(NotSynthesised):
        series(query)


def test_a_part_that_is_the_total_leaves_no_others() -> None:
    with pytest.raises(NotSynthesised, match="counts too"):
        series(rate('job="a"'), avoiding=rate('job="a"'))
