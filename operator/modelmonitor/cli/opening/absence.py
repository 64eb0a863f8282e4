"""Why a panel has no data: which of its series Prometheus does not have, and who makes them."""

from collections.abc import Callable, Iterator, Sequence

import promql_parser

from modelmonitor.plan import promql

_MADE_BY = {
    "slo:": "recorded by the monitor's rules: are they loaded, and were there events to record?",
    "modelmonitor:": "recorded by the monitor's rules from what evaluators count: are the rules loaded, is "
    "there an evaluator, and have enough predictions or labels come?",
    "modelmonitor_": "counted by evaluators: is there one beside the model, and is it scraped?",
    "container_": "of cAdvisor, which the kubelet serves: is it scraped?",
    "kube_": "of kube-state-metrics: is it installed and scraped?",
    "DCGM_": "of NVIDIA's DCGM exporter: is there a GPU, and is the exporter scraped?",
}
_OWN = "a series of your own: is the target scraped, and do the selectors fit?"
_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_RAISED = "ALERTS"
_MOST = 12
Counts = Callable[[str], bool]


def reason(queries: Sequence[str], has: Counts) -> str:
    """Say why queries yielded nothing.

    Parameters
    ----------
    has
        Tells whether a selector, such as `up{job="a"}`, had any sample in the time that is shown.
    """
    every = list(dict.fromkeys(one for query in queries for one in _selectors(query)))
    absent = dict.fromkeys(name for name, selector in every[:_MOST] if name != _RAISED and not has(selector))
    if not absent:
        return (
            "its series were there in this time, but they yield no value now: did they end, or have too few "
            "predictions or labels come?"
        )
    first, *others = absent
    made = next((words for start, words in _MADE_BY.items() if first.startswith(start)), _OWN)
    more = f" (and {len(others)} more)" if others else ""
    return f"Prometheus has no {first}{more} of this monitor in this time; {made}"


def _selectors(query: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every selector, in no order that matters."""
    waiting = [promql_parser.parse(query)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, promql_parser.MatrixSelector):
            waiting.append(part.vector_selector)
        elif isinstance(part, promql_parser.VectorSelector):
            yield part.name or "", _written(part)
        elif isinstance(part, promql_parser.Call):
            waiting += part.args
        else:
            inside = (getattr(part, name, None) for name in ("lhs", "rhs", "expr", "param"))
            waiting += [it for it in inside if it is not None]


def _written(selector: promql_parser.VectorSelector) -> str:
    """Write a selector without the time that it asks for."""
    named = [f"__name__={promql.string(selector.name)}"] if selector.name else []
    others = [f"{it.name}{_operator(it.op)}{promql.string(it.value)}" for it in selector.matchers.matchers]
    return f"{{{','.join([*named, *others])}}}"


def _operator(matcher: promql_parser.MatchOp) -> str:
    """Write how a matcher compares; the parser's own values cannot be looked up."""
    return _OPERATORS[str(matcher).rpartition(".")[2]]
