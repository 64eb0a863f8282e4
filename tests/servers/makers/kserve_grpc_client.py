"""Ask a KServe server by gRPC with its own client: python kserve_grpc_client.py HOST:PORT; prints answers."""

import asyncio
import json
import sys

from kserve import InferenceGRPCClient, InferInput, InferRequest
from sklearn.datasets import load_diabetes

FEATURES = load_diabetes(return_X_y=True)[0][:30]


async def main(address: str) -> list:
    found = []
    async with InferenceGRPCClient(address) as client:
        found.append(await client.is_model_ready("diabetes"))
        for rows in (FEATURES[:1], FEATURES):
            tensor = InferInput("features", list(rows.shape), "FP64")
            tensor.set_data_from_numpy(rows, binary_data=False)
            answer = await client.infer(InferRequest("diabetes", [tensor], request_id=f"g{len(rows)}"))
            found.append(answer.outputs[0].as_numpy().tolist())
    return found


print(json.dumps(asyncio.run(main(sys.argv[1]))))
