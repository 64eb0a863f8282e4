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
QUARTILES = [0.00001, 0.0035, 0.007, 0.024, 0.9]
"""Of the scores of fraud-reference.yaml, about."""
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
    quarter = random.randrange(4)
    return round(random.uniform(*QUARTILES[quarter : quarter + 2]), 5)


threading.Thread(target=ThreadingHTTPServer(("", 8081), Metrics).serve_forever, daemon=True).start()
ThreadingHTTPServer(("", 8080), Model).serve_forever()
