"""Label selectors, as Services and NetworkPolicies select pods."""

from collections.abc import Mapping
from typing import Any

from modelmonitor.plan.rulefile import Manifest


def matches(selector: Manifest, labels: Mapping[str, str]) -> bool:
    """Tell whether a selector with `matchLabels` and `matchExpressions` selects labels; an empty one does."""
    equal = selector.get("matchLabels") or {}
    return equal.items() <= labels.items() and all(
        _holds(one, labels) for one in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
