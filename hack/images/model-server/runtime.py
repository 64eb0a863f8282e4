"""A runtime of MLServer: whether flights will be late, from columns by their names.

The environment variable ERRORS is the share of requests that this release answers with a status of 500.
"""

import os
import random

import joblib
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri

ERRORS = float(os.environ.get("ERRORS", "0"))
THRESHOLD = 0.5


class Punctuality(MLModel):
    """The model of train.py: answers each flight's probability to be late, and what it takes that for."""

    async def load(self) -> bool:
        """Read the model."""
        self._model = joblib.load(await get_model_uri(self._settings))
        self._late = list(self._model.classes_).index("late")
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer a batch of flights, or fail where this release is faulty."""
        if random.random() < ERRORS:  # noqa: S311
            raise MLServerError("this release is faulty", status_code=500)
        flights = PandasCodec.decode_request(payload)
        score = self._model.predict_proba(flights)[:, self._late]
        said = np.where(score >= THRESHOLD, "late", "on-time")
        return InferenceResponse(
            id=payload.id,
            model_name=self.name,
            outputs=[
                NumpyCodec.encode_output("score", score),
                StringCodec.encode_output("prediction", said.tolist()),
            ],
        )
