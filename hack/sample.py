"""The samples that the guide and the examples profile: what models were asked, said, and what came true.

python3 hack/sample.py           writes manifests/examples/data/churn.csv
python3 hack/sample.py NAME      prints a sample: churn, deliveries, payments, searches

Made up, seeded.
"""

import csv
import io
import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "manifests/examples/data/churn.csv"
_SEED = 20261126
_PLANS = {"basic": (24.9, 0.5), "standard": (49.9, 0.0), "premium": (89.9, -0.4)}
Row = tuple[object, ...]


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _verdict(yes: bool) -> str:
    return "yes" if yes else "no"


def customers(chance: random.Random, rows: int) -> Iterator[Row]:
    """Yield customers; who leaves is drawn from their true risk, of which the model sees most."""
    for number in range(rows):
        plan = chance.choices(list(_PLANS), (5, 3, 2))[0]
        price, risk = _PLANS[plan]
        age = min(max(round(chance.gauss(44, 14)), 18), 90)
        tenure = min(int(chance.expovariate(1 / 26)), 120)
        calls = min(int(chance.expovariate(1 / 1.3)), 12)
        charges = round(price * chance.uniform(0.85, 1.3), 2)
        log_odds = -1.2 + 1.5 * risk - 0.07 * (tenure - 20) + 0.9 * (calls - 1) - 0.02 * (age - 44)
        score = _share(0.9 * log_odds + chance.gauss(0, 0.4))
        churned = chance.random() < _share(log_odds)
        known_age: object = "" if chance.random() < 0.02 else age
        sex = chance.choice(("female", "male"))
        yield (
            f"c{number:05}", known_age, tenure, plan, charges, calls, sex, f"{score:.4f}",
            _verdict(score >= 0.5), _verdict(churned),
        )  # fmt: skip


def deliveries(chance: random.Random, rows: int) -> Iterator[Row]:
    """Yield deliveries; how long they take depends on the way, the weather and the kitchen."""
    for _ in range(rows):
        courier = chance.choices(("bike", "scooter", "car"), (5, 3, 2))[0]
        weather = chance.choices(("dry", "rain", "snow"), (8, 3, 1))[0]
        distance = round(chance.lognormvariate(0.9, 0.5), 2)
        items = 1 + min(int(chance.expovariate(0.5)), 11)
        pace = {"bike": 4.5, "scooter": 3.4, "car": 3.8}[courier]
        slower = {"dry": 1, "rain": 1.2, "snow": 1.7}[weather]
        expected = 9 + distance * pace * slower + 0.7 * items
        minutes = expected * chance.lognormvariate(0, 0.15)
        yield distance, items, weather, courier, round(expected, 1), round(minutes, 1)


def payments(chance: random.Random, rows: int) -> Iterator[Row]:
    """Yield payments; a few of a hundred are fraud."""
    for _ in range(rows):
        country = chance.choices(("DE", "FR", "PL", "US"), (5, 3, 2, 1))[0]
        channel = chance.choices(("web", "app", "phone"), (5, 4, 1))[0]
        age_band = chance.choices(("18-29", "30-49", "50+"), (3, 4, 3))[0]
        amount = round(chance.lognormvariate(3.5, 1.1), 2)
        night = chance.random() < 0.2
        log_odds = -5.5 + 1.3 * math.log(amount / 33) + 1.8 * night
        log_odds += 1.5 * (channel == "phone") + 1.2 * (country == "US")
        score = _share(log_odds + chance.gauss(0, 0.3))
        fraud = chance.random() < _share(log_odds)
        yield amount, country, channel, age_band, str(night).lower(), f"{score:.5f}", _verdict(fraud)


def searches(chance: random.Random, rows: int) -> Iterator[Row]:
    """Yield searches: what a ranking is asked; how good its lists are is not in a table."""
    for _ in range(rows):
        words = 1 + min(int(chance.expovariate(0.7)), 8)
        yield (
            words, chance.choices(("phone", "desktop", "tablet"), (6, 3, 1))[0],
            chance.choices(("de", "en", "fr", "nl"), (4, 3, 2, 1))[0], str(chance.random() < 0.35).lower(),
        )  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A table: its columns, how its rows are made, and how many."""

    columns: str
    make: Callable[[random.Random, int], Iterable[Row]]
    rows: int


SAMPLES: Mapping[str, Sample] = {
    "churn": Sample(
        "customer age tenure plan monthly_charges support_calls sex score prediction churned", customers, 2000
    ),
    "deliveries": Sample("distance items weather courier predicted minutes", deliveries, 5000),
    "payments": Sample("amount country channel age_band night score fraud", payments, 20_000),
    "searches": Sample("words device language signed_in", searches, 5000),
}


def text(name: str = "churn") -> str:
    """Return a sample as CSV."""
    sample = SAMPLES[name]
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(sample.columns.split())
    table.writerows(sample.make(random.Random(_SEED), sample.rows))  # noqa: S311 - no secret is made
    return file.getvalue()


def main() -> None:
    """Write the one that lies beside the examples, or print the one that is asked for."""
    if names := sys.argv[1:]:
        sys.stdout.write(text(names[0]))
    else:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(text())


if __name__ == "__main__":
    main()
