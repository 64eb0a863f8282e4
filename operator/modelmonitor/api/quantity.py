"""Kubernetes quantities, such as 50m and 64Mi: read, compared, and kept as they are written."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from modelmonitor.api.checks import problem

QUANTITY = "^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
_LONGEST = 32
_POWERS: dict[str, Decimal] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000**power) for power, unit in enumerate("kMGTPE", 1)},
}
_POWERS |= {f"{unit}i": Decimal(1024**power) for power, unit in enumerate("KMGTPE", 1)}


def _quantity(value: Any) -> str:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    text = str(int(value)) if whole else value
    if not isinstance(text, str) or len(text) > _LONGEST or not re.fullmatch(QUANTITY, text):
        raise problem("a quantity such as 50m or 64Mi")
    return text


def amount(quantity: str) -> Decimal:
    """Return the number that a quantity stands for.

    >>> amount("50m"), amount("64Mi")
    (Decimal('0.050'), Decimal('67108864'))
    """
    number = quantity.rstrip("kKMGTPEim")
    return Decimal(number) * _POWERS[quantity.removeprefix(number)]


Quantity = Annotated[
    str,
    PlainValidator(_quantity),
    WithJsonSchema(
        {"x-kubernetes-int-or-string": True, "pattern": QUANTITY, "maxLength": _LONGEST, "minimum": 0}
    ),
]
"""A quantity as it was written; a number has to be whole, as everywhere in Kubernetes."""
