"""Serve a regression of diabetes with KServe's Python server.

python kserve_model.py FOLDER PORT [GRPC_PORT]

Each prediction is a line of FOLDER/predicted; a request whose first feature is above 9 makes the model fail.
"""

import json
import sys
from pathlib import Path

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression


class Diabetes(Model):
    """The model."""

    def __init__(self) -> None:
        super().__init__("diabetes")
        features, answers = load_diabetes(return_X_y=True)
        self.regression = LinearRegression().fit(features, answers)
        self.ready = True

    def _answers(self, rows):
        if rows[0][0] > FAILS:
            raise ValueError("a model that fails")
        found = self.regression.predict(rows)
        with PREDICTED.open("a") as log:
            log.writelines(
                json.dumps([row[0], answer]) + "\n" for row, answer in zip(rows, found, strict=True)
            )
        return found

    def predict(self, payload, headers=None, response_headers=None):
        """Answer in the form of the request."""
        if isinstance(payload, InferRequest):
            tensor = payload.inputs[0]
            output = InferOutput("predict", [tensor.shape[0]], "FP64", parameters=None)
            output.set_data_from_numpy(
                self._answers(tensor.as_numpy()), binary_data=BINARY in (tensor.parameters or {})
            )
            binary = payload.use_binary_outputs
            return InferResponse(payload.id, "diabetes", [output], use_binary_outputs=binary)
        return {"predictions": self._answers(np.array(payload["instances"])).tolist()}


BINARY, FAILS = "binary_data_size", 9.0
PREDICTED = Path(sys.argv[1]) / "predicted"
if __name__ == "__main__":
    http, grpc = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    ModelServer(http_port=http, grpc_port=grpc, enable_grpc=grpc > 0, workers=1).start([Diabetes()])
