"""Callers of the model, ten requests a second, who tell a second later what was fraud."""

import http.client
import json
import random
import sys
import time
import uuid
from pathlib import Path

TOKEN = Path("/token/token").read_text()
BATCH, PAUSE = 4, 0.1
JSON = {"content-type": "application/json"}


def ask(address: str, path: str, document: object, **headers: str) -> int:
    """Ask on a connection of its own, so that all pods are asked."""
    one = http.client.HTTPConnection(address, timeout=10)
    try:
        one.request("POST", path, json.dumps(document), {**JSON, **headers})
        answer = one.getresponse()
        answer.read()
    except OSError:
        return 0
    finally:
        one.close()
    return answer.status


def transaction() -> dict[str, object]:
    return {
        "id": uuid.uuid4().hex,
        "amount": round(random.lognormvariate(3.5, 1.2), 2),
        "country": random.choices(["DE", "FR", "PL", "US"], [46, 27, 18, 9])[0],
        "channel": random.choices(["web", "app", "phone"], [50, 40, 10])[0],
        "night": random.choices(["false", "true"], [80, 20])[0],
        "age_band": random.choice(["18-29", "30-49", "50+"]),
    }


while True:
    batch = [transaction() for _ in range(BATCH)]
    scored = ask("fraud", "/score", {"transactions": batch})
    told = [{"id": one["id"], "actual": random.choices(["no", "yes"], [97, 3])[0]} for one in batch]
    time.sleep(PAUSE)
    taken = ask("fraud-evaluator:9464", "/v1/labels", told, authorization=f"Bearer {TOKEN}")
    sys.stdout.write(f"scored {scored} labels {taken}\n")
