"""Serve a regression of diabetes with KServe's Python server.

python kserve_model.py FOLDER PORT [GRPC_PORT]
"""

import sys

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

    def predict(self, payload, headers=None, response_headers=None):
        """Answer in the form of the request."""
        if isinstance(payload, InferRequest):
            tensor = payload.inputs[0]
            output = InferOutput("predict", [tensor.shape[0]], "FP64", parameters=None)
            output.set_data_from_numpy(
                self.regression.predict(tensor.as_numpy()), binary_data=BINARY in (tensor.parameters or {})
            )
            return InferResponse(payload.id, "diabetes", [output])
        return {"predictions": self.regression.predict(np.array(payload["instances"])).tolist()}


BINARY = "binary_data_size"
if __name__ == "__main__":
    http, grpc = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    ModelServer(http_port=http, grpc_port=grpc, enable_grpc=grpc > 0, workers=1).start([Diabetes()])
