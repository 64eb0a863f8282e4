"""Ask a KServe server with its own client, v1, v2 and binary: python kserve_client.py URL; prints answers."""

import asyncio
import json
import sys

from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from sklearn.datasets import load_diabetes

FEATURES = load_diabetes(return_X_y=True)[0][:30]


async def main(url: str) -> list:
    found = []
    v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
    for rows in (FEATURES[:1], FEATURES):
        answer = await v1.infer(
            url, {"instances": rows.tolist()}, "diabetes", headers={"x-request-id": f"v1-{len(rows)}"}
        )
        found.append(answer["predictions"])
    v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
    for binary in (False, True):
        for rows in (FEATURES[:1], FEATURES):
            tensor = InferInput("features", list(rows.shape), "FP64")
            tensor.set_data_from_numpy(rows, binary_data=binary)
            asked = InferRequest("diabetes", [tensor], request_id=f"v2-{binary}-{len(rows)}")
            answer = await v2.infer(url, asked, "diabetes")
            found.append(answer.outputs[0].as_numpy().tolist())
    return found


print(json.dumps(asyncio.run(main(sys.argv[1]))))
