"""Kubernetes quantities, such as 50m and 64Mi, as numbers."""

from decimal import Decimal

_POWERS: dict[str, Decimal] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000**power) for power, unit in enumerate("kMGTPE", 1)},
}
_POWERS |= {f"{unit}i": Decimal(1024**power) for power, unit in enumerate("KMGTPE", 1)}


def amount(quantity: str) -> Decimal:
    """Return the number that a quantity stands for.

    >>> amount("50m"), amount("64Mi")
    (Decimal('0.050'), Decimal('67108864'))
    """
    number = quantity.rstrip("kKMGTPEim")
    return Decimal(number) * _POWERS[quantity.removeprefix(number)]
