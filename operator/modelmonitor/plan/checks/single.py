"""Whether a query yields one series without labels, whatever the data."""

from typing import Any

import promql_parser

_MANY = ("topk", "bottomk", "limitk", "limit_ratio", "count_values")
"""Aggregations that leave series apart."""
_ALONE = ("absent", "absent_over_time", "pi", "scalar", "time", "vector")
"""Functions whose result has no labels of series, whatever they are given."""


def is_single(tree: Any) -> bool:
    """Tell whether a parsed query yields one number, or nothing.

    Examples
    --------
    >>> [is_single(promql_parser.parse(query)) for query in ("sum(a) / max(b)", "a", "sum by (c) (a)")]
    [True, False, False]
    """
    if isinstance(tree, promql_parser.AggregateExpr):
        return str(tree.op) not in _MANY and _keeps_nothing(tree.modifier)
    if isinstance(tree, promql_parser.Call):
        return tree.func.name in _ALONE or (bool(tree.args) and all(map(is_single, tree.args)))
    if isinstance(tree, promql_parser.BinaryExpr):
        return is_single(tree.lhs) and is_single(tree.rhs)
    if isinstance(tree, promql_parser.ParenExpr | promql_parser.UnaryExpr | promql_parser.SubqueryExpr):
        return is_single(tree.expr)
    return isinstance(tree, promql_parser.NumberLiteral)


def _keeps_nothing(modifier: Any) -> bool:
    if modifier is None:
        return True
    return modifier.type == promql_parser.AggModifierType.By and not modifier.labels
