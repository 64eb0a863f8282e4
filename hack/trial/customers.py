"""Customers of the sample, as they are at first and after prices have risen, and whether they leave."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "manifests/examples/data/churn.csv"
NUMBERS = ("age", "tenure", "monthly_charges", "support_calls")
TEXTS = ("plan", "sex")
FEATURES = (*NUMBERS[:2], "plan", *NUMBERS[2:], "sex")
"""In the order of the sample."""
Value = float | str | None

DEARER, YOUNGER, YOUNGEST, LEAVE_FOR_THE_PRICE = 1.5, 20.0, 18.0, 0.35


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of a customer, and what came true; a number that is not known is None."""

    name: str
    features: dict[str, Value]
    churned: bool


def sample() -> list[Customer]:
    """Read the sample."""
    with SAMPLE.open(newline="") as file:
        return [
            Customer(
                row["customer"], {name: _value(name, row[name]) for name in FEATURES}, row["churned"] == "yes"
            )
            for row in csv.DictReader(file)
        ]


def after_the_rise(customer: Customer, chance: random.Random) -> Customer:
    """Return whom the model meets once prices have risen: younger, charged more, and sooner gone."""
    age, charges = customer.features["age"], customer.features["monthly_charges"]
    moved: dict[str, Value] = {
        "age": None if age is None else max(float(age) - YOUNGER, YOUNGEST),
        "monthly_charges": None if charges is None else round(float(charges) * DEARER, 2),
    }
    leaves = customer.churned or chance.random() < LEAVE_FOR_THE_PRICE
    return Customer(customer.name, {**customer.features, **moved}, leaves)


def write(path: Path, customers: Sequence[Customer], scores: Sequence[float]) -> None:
    """Write a table of customers with the scores that a model gave them."""
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("customer", *FEATURES, "score", "churned"))
        for one, score in zip(customers, scores, strict=True):
            known = ("" if one.features[name] is None else one.features[name] for name in FEATURES)
            table.writerow((one.name, *known, f"{score:.6f}", "yes" if one.churned else "no"))


def _value(name: str, text: str) -> Value:
    if name in TEXTS:
        return text
    return float(text) if text else None
