"""Bytes to rows: how many predictions a second each protocol gives on one core.

python3 tests/bench/ingest.py [--runs 9] [--rows 100] [--features 20]

Each body is read as the evaluator reads it: encodings, JSON or binary, names, score, id. Medians of runs that
alternate, so that a busy machine is busy for all protocols.
"""

import argparse
import csv
import io
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "operator"))

from modelmonitor.evaluator.exchange import Exchange, Outcome  # noqa: E402
from modelmonitor.evaluator.ingest import Ingest, sdk  # noqa: E402
from modelmonitor.wire import scheme as schemes  # noqa: E402 - from the source tree
from modelmonitor.wire.config import Capture, Columns, EvaluatorConfig, Model, Protocol, Task  # noqa: E402
from modelmonitor.wire.scheme import Scheme  # noqa: E402

RESULTS = ROOT / "build" / "bench"
GOALS = {1: 1e6 / 15, 100: 100_000}
"""Predictions a second, by rows a request."""
Case = Callable[[], Any]


def scheme(protocol: Protocol, names: tuple[str, ...], columns: dict[str, str]) -> Scheme:
    """Return a binary classifier's scheme."""
    capture = Capture(protocol=protocol, columns=Columns(names=names, **columns), max_body_bytes=1 << 27)
    model = Model(task=Task.BINARY)
    return schemes.scheme(EvaluatorConfig(monitor="bench", model=model, capture=capture), None)


def exchange(request: bytes, response: bytes, **headers: bytes) -> Exchange:
    """Return an exchange of two bodies; headers are the request's."""
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Exchange(
        "POST", "/", {b"x-request-id": b"order-17", **named}, request, 200, {}, response, Outcome.OK, 1.0, 0.1
    )


def cases(rows: int, features: int) -> dict[str, Case]:
    """Return a reader of one body for each protocol."""
    draw = random.Random(17)
    names = tuple(f"feature_{number:02}" for number in range(features))
    table = [[round(draw.gauss(0, 1), 6) for _ in names] for _ in range(rows)]
    scores = [round(draw.random(), 6) for _ in range(rows)]
    objects = [dict(zip(names, row, strict=True)) for row in table]
    columns = [[row[number] for row in table] for number in range(features)]
    flat = [value for row in table for value in row]
    v2 = {"model_name": "m", "id": "7", "outputs": [_tensor("predict", [rows], scores)]}
    v1 = {"predictions": scores}
    named = [_tensor(name, [rows, 1], column) for name, column in zip(names, columns, strict=True)]
    split = {"columns": names, "index": list(range(rows)), "data": table}
    sent = [{"features": one, "score": score} for one, score in zip(objects, scores, strict=True)]
    mapped = {"features": "rows[*].input", "score": "out[*].p"}
    wide = [rows, features]
    rows_in, rows_out = [{"input": one} for one in objects], [{"p": score} for score in scores]
    bodies: dict[str, tuple[Protocol, Any, Any]] = {
        "v2 JSON, F tensors [N, 1]": (Protocol.OPEN_INFERENCE, {"inputs": named}, v2),
        "v2 JSON, [N, F] flat": (Protocol.OPEN_INFERENCE, {"inputs": [_tensor("x", wide, flat)]}, v2),
        "v2 JSON, [N, F] nested": (Protocol.OPEN_INFERENCE, {"inputs": [_tensor("x", wide, table)]}, v2),
        "v1 objects": (Protocol.KSERVE_V1, {"instances": objects}, v1),
        "v1 lists": (Protocol.KSERVE_V1, {"instances": table}, v1),
        "MLflow dataframe_split": (Protocol.MLFLOW, {"dataframe_split": split}, v1),
        "MLflow dataframe_records": (Protocol.MLFLOW, {"dataframe_records": objects}, v1),
        "JSON by paths": (Protocol.JSON, {"rows": rows_in}, {"out": rows_out}),
    }
    made: dict[str, Case] = {}
    for name, (protocol, request, response) in bodies.items():
        ingest = Ingest(scheme(protocol, names, mapped if protocol is Protocol.JSON else {}))
        one = exchange(json.dumps(request).encode(), json.dumps(response).encode())
        made[name] = lambda ingest=ingest, one=one: ingest.read(one)  # type: ignore[misc]
    made["v2 binary, [N, F] FP32"] = _binary(rows, features, table, scores, names)
    made["MLflow CSV"] = _csv(table, names, v1)
    body, plain = json.dumps({"rows": sent}).encode(), scheme(Protocol.JSON, names, {})
    made["rows of our client"] = lambda: sdk.read(body, plain)
    return made


def _tensor(name: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP64", "data": data}


def _binary(rows: int, features: int, table: Any, scores: Any, names: tuple[str, ...]) -> Case:
    def packed(key: str, name: str, values: Any) -> tuple[bytes, bytes]:
        raw = np.asarray(values, "<f4")
        size = {"binary_data_size": raw.nbytes}
        tensor = {"name": name, "shape": list(raw.shape), "datatype": "FP32", "parameters": size}
        text = json.dumps({key: [tensor]}).encode()
        return text + raw.tobytes(), str(len(text)).encode()

    request, length = packed("inputs", "x", table)
    response, answered = packed("outputs", "predict", scores)
    ingest = Ingest(scheme(Protocol.OPEN_INFERENCE, names, {}))
    one = exchange(request, response, inference_header_content_length=length)
    one.response_headers[b"inference-header-content-length"] = answered
    return lambda: ingest.read(one)


def _csv(table: Any, names: tuple[str, ...], response: Any) -> Case:
    text = io.StringIO()
    csv.writer(text).writerows([names, *table])
    ingest = Ingest(scheme(Protocol.MLFLOW, names, {}))
    one = exchange(text.getvalue().encode(), json.dumps(response).encode(), content_type=b"text/csv")
    return lambda: ingest.read(one)


def measure(rows: int, features: int, runs: int) -> dict[str, float]:
    """Return the median predictions a second of each protocol."""
    made = cases(rows, features)
    for name, read in made.items():
        reading = read()
        if reading.rows is None or reading.rows.count != rows or len(reading.rows.scores) != rows:
            raise SystemExit(f"{name}: expected {rows} rows with scores, got {reading}")
    repeats = max(20_000 // (rows + 20), 20)
    taken: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(runs):
        for name, read in made.items():
            began = time.process_time()
            for _ in range(repeats):
                read()
            taken[name].append(repeats * rows / (time.process_time() - began))
    return {name: statistics.median(speeds) for name, speeds in taken.items()}


def table(results: dict[int, dict[str, float]]) -> str:
    """Write the results for people."""
    sizes = list(results)
    lines = [f"{'predictions/s':28}" + "".join(f"{f'{size} rows':>14}" for size in sizes) + "   µs a request"]
    for name in results[sizes[0]]:
        speeds = [results[size][name] for size in sizes]
        took = "  ".join(f"{size / speed * 1e6:.1f}" for size, speed in zip(sizes, speeds, strict=True))
        lines.append(f"{name:28}" + "".join(f"{speed:14,.0f}" for speed in speeds) + f"   {took}")
    goals = "".join(f"{GOALS[size]:14,.0f}" if size in GOALS else f"{'':14}" for size in sizes)
    return "\n".join([*lines, f"{'goal':28}{goals}"])


def main() -> None:
    """Measure single rows and batches; print a table, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--features", type=int, default=20)
    wanted = parser.parse_args()
    results = {rows: measure(rows, wanted.features, wanted.runs) for rows in wanted.rows}
    print(table(results))
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    path = RESULTS / "ingest.json"
    path.write_text(
        json.dumps({"machine": machine, "features": wanted.features, "results": results}, indent=2)
    )
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
