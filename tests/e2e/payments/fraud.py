"""A model of frauds that is none: scores as the reference has them, and counters of its own that all is well.

Scores on port 8080, `/metrics` on port 8081.
"""

import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

THRESHOLD = 0.1
BEGAN = time.time()
DECILES = [0.00001, 0.000825, 0.001705, 0.002905, 0.004575, 0.007055, 0.010975, 0.017455, 0.030845, 0.069135]
"""Where those of the scores of fraud-reference.yaml begin."""
HIGHEST = 0.92833
METRICS = """\
grpc_server_handled_total{{grpc_method="Score",grpc_code="OK"}} {scored}
grpc_server_handling_seconds_bucket{{grpc_method="Score",le="0.1"}} {scored}
grpc_server_handling_seconds_bucket{{grpc_method="Score",le="+Inf"}} {scored}
grpc_server_handling_seconds_count{{grpc_method="Score"}} {scored}
grpc_server_handling_seconds_sum{{grpc_method="Score"}} {scored}
reviews_total{{region="eu",late="no"}} {scored}
explanations_total {scored}
explanations_failed_total 0
alerts_total {scored}
alerts_confirmed_total {scored}
model_trained_timestamp_seconds {began}
chargebacks_total 1
"""

lock = threading.Lock()
counted = {"scored": 0}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"true")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["transactions"]
        scores = [_score() for _ in asked]
        with lock:
            counted["scored"] += 1
        results = [{"fraud": one, "class": "yes" if one >= THRESHOLD else "no"} for one in scores]
        self._answer(json.dumps({"results": results}).encode())

    def _answer(self, body: bytes, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Metrics(Model):
    def do_GET(self) -> None:
        self._answer(METRICS.format(**counted, began=BEGAN).encode(), "text/plain; version=0.0.4")


def _score() -> float:
    """Draw from the reference; its last tenth is denser at its beginning."""
    low, high = random.choice(list(zip(DECILES, [*DECILES[1:], HIGHEST], strict=True)))
    return low + (high - low) * random.random() ** (3 if high == HIGHEST else 1)


threading.Thread(target=ThreadingHTTPServer(("", 8081), Metrics).serve_forever, daemon=True).start()
ThreadingHTTPServer(("", 8080), Model).serve_forever()
