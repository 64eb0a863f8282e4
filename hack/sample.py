"""The sample that the guide profiles: customers, how a model scored them, and who left. Made up, seeded.

python3 hack/sample.py   writes manifests/examples/data/churn.csv
"""

import csv
import io
import math
import random
from collections.abc import Iterator
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "manifests/examples/data/churn.csv"
COLUMNS = (
    *("customer", "age", "tenure", "plan", "monthly_charges", "support_calls", "sex"),
    *("score", "prediction", "churned"),
)
_ROWS, _SEED = 2000, 20261126
_PLANS = {"basic": (24.9, 0.5), "standard": (49.9, 0.0), "premium": (89.9, -0.4)}


def rows() -> Iterator[tuple[object, ...]]:
    """Yield customers; who leaves is drawn from their true risk, of which the model sees most."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret is made
    for number in range(_ROWS):
        plan = chance.choices(list(_PLANS), (5, 3, 2))[0]
        price, risk = _PLANS[plan]
        age = min(max(round(chance.gauss(44, 14)), 18), 90)
        tenure = min(int(chance.expovariate(1 / 26)), 120)
        calls = min(int(chance.expovariate(1 / 1.3)), 12)
        charges = round(price * chance.uniform(0.85, 1.3), 2)
        log_odds = -1.2 + 1.5 * risk - 0.07 * (tenure - 20) + 0.9 * (calls - 1) - 0.02 * (age - 44)
        score = 1 / (1 + math.exp(-(0.9 * log_odds + chance.gauss(0, 0.4))))
        churned = chance.random() < 1 / (1 + math.exp(-log_odds))
        known_age: object = "" if chance.random() < 0.02 else age
        sex = chance.choice(("female", "male"))
        yield (
            f"c{number:05}", known_age, tenure, plan, charges, calls, sex, f"{score:.4f}",
            "yes" if score >= 0.5 else "no", "yes" if churned else "no",
        )  # fmt: skip


def text() -> str:
    """Return the sample as CSV."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows())
    return file.getvalue()


def main() -> None:
    """Write the sample."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text())


if __name__ == "__main__":
    main()
