"""Kubernetes quantities, such as 50m and 64Mi: read, compared, and kept as they are written."""

import re
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from modelmonitor.api.checks import problem

QUANTITY = "^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
_LONGEST = 32


def _quantity(value: Any) -> str:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    text = str(int(value)) if whole else value
    if not isinstance(text, str) or len(text) > _LONGEST or not re.fullmatch(QUANTITY, text):
        raise problem("a quantity such as 50m or 64Mi")
    return text


Quantity = Annotated[
    str,
    PlainValidator(_quantity),
    WithJsonSchema(
        {"x-kubernetes-int-or-string": True, "pattern": QUANTITY, "maxLength": _LONGEST, "minimum": 0}
    ),
]
"""A quantity as it was written; a number has to be whole, as everywhere in Kubernetes."""
