"""MLServer's scikit-learn runtime with a switch that breaks it (fault.py)."""

import asyncio
import random

import fault
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver_sklearn import SKLearnModel


class SwitchableModel(SKLearnModel):
    """A scikit-learn model that answers some requests late or with a status of 500, when told to."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer as the runtime does, after what the fault does to this request."""
        on = fault.read()
        if random.random() < on.slow:  # noqa: S311
            await asyncio.sleep(on.latency)
        if random.random() < on.errors:  # noqa: S311
            raise MLServerError("the fault switch is on", status_code=500)
        return await super().predict(payload)
