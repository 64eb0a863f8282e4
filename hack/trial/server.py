"""A server of the sample model that speaks the Open Inference Protocol v2.

python3 hack/trial/server.py PORT
"""

import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1]))

from trial import customers
from trial.model import Model, train

INFER = "/v2/models/churn/infer"
THRESHOLD = 0.5
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def answered(model: Model, request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request that has a tensor for each feature, with a value for each customer."""
    columns = {tensor["name"]: tensor["data"] for tensor in request["inputs"]}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    scores = model.scores(rows).tolist()
    churns = ["yes" if score >= THRESHOLD else "no" for score in scores]
    outputs = [("prediction", "BYTES", churns), ("score", "FP64", scores)]
    return {
        "model_name": "churn",
        "id": request.get("id"),
        "outputs": [
            {"name": name, "datatype": kind, "shape": [len(rows)], "data": data}
            for name, kind, data in outputs
        ],
    }


class App:
    """The ASGI application; whatever is no prediction is the question whether it is ready."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = answered(self._model, json.loads(body)) if scope["path"] == INFER else {"ready": True}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def main() -> None:
    """Serve until TERM."""
    app = App(train(customers.sample()))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", log_level="warning")


if __name__ == "__main__":
    main()
