"""Ask an MLServer with its own codecs: python mlserver_client.py URL; prints what it understood."""

import json
import sys
import urllib.error
import urllib.request

import numpy as np
from mlserver.codecs import NumpyCodec, NumpyRequestCodec
from mlserver.types import InferenceResponse
from sklearn.datasets import load_breast_cancer

URL = f"{sys.argv[1]}/v2/models/cancer"
FEATURES = load_breast_cancer(return_X_y=True)[0][:40]


def post(document: dict, name: str) -> tuple[int, bytes]:
    """Ask for predictions."""
    headers = {"content-type": "application/json", "x-request-id": name}
    try:
        asked = urllib.request.Request(f"{URL}/infer", json.dumps(document).encode(), headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


found = []
for rows in (FEATURES[:1], FEATURES):
    for outputs in (["predict"], ["predict_proba", "predict"]):
        asked = NumpyRequestCodec.encode_request(rows).model_dump(exclude_none=True)
        _, body = post(
            {**asked, "outputs": [{"name": name} for name in outputs]}, f"{len(rows)}-{len(outputs)}"
        )
        response = InferenceResponse.model_validate_json(body)
        found += [np.asarray(NumpyCodec.decode_output(it)).tolist() for it in response.outputs]
found.append(post({"inputs": []}, "bad")[0])
with urllib.request.urlopen(URL, timeout=20) as answer:
    found.append(json.load(answer)["name"])
print(json.dumps(found))
