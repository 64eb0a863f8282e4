"""The sample that the guide replays: predictions before and after prices have risen. Made up, seeded.

python3 hack/recorded.py   writes manifests/backtest/predictions.csv
"""

import csv
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "manifests/backtest/predictions.csv"
COLUMNS = (
    *("timestamp", "customer", "age", "tenure", "plan", "monthly_charges", "support_calls", "sex"),
    *("score", "churned"),
)
_START = datetime(2026, 3, 2, tzinfo=UTC)
_DAYS, _A_DAY, _RISE = 7, 600, 3.5
_SEED = 20260302
_PLANS = {"basic": (24.9, 0.5), "standard": (49.9, 0.0), "premium": (89.9, -0.4)}


def rows() -> Iterator[tuple[object, ...]]:
    """Yield predictions in the order of their times; after the rise, the young come, complain and leave."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret is made
    times = sorted(chance.uniform(0, _DAYS) for _ in range(_DAYS * _A_DAY))
    for number, days in enumerate(times):
        risen = days > _RISE
        plan = chance.choices(list(_PLANS), (5, 3, 2))[0]
        price, risk = _PLANS[plan]
        age = min(max(round(chance.gauss(28 if risen else 44, 14)), 18), 90)
        tenure = min(int(chance.expovariate(1 / 26)), 120)
        calls = min(int(chance.expovariate(1 / 1.3)) + risen, 12)
        charges = round(price * chance.uniform(0.85, 1.3) * (1.5 if risen else 1), 2)
        log_odds = -1.2 + 1.5 * risk - 0.07 * (tenure - 20) + 0.9 * (calls - 1) - 0.02 * (age - 44)
        score = 1 / (1 + math.exp(-(0.9 * log_odds + chance.gauss(0, 0.4))))
        leaves = 1 / (1 + math.exp(-log_odds))
        churned = chance.random() < (1 - leaves if risen and chance.random() < 0.4 else leaves)
        known_age: object = "" if chance.random() < 0.02 else age
        moment = _START + timedelta(days=days)
        yield (
            f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"r{number:05}", known_age, tenure, plan, charges, calls,
            chance.choice(("female", "male")), f"{score:.4f}", "yes" if churned else "no",
        )  # fmt: skip


def main() -> None:
    """Write the sample."""
    PATH.parent.mkdir(exist_ok=True)
    with PATH.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows())


if __name__ == "__main__":
    main()
