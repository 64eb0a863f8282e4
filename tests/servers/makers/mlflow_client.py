"""Ask MLflow's scoring server with its own client: python mlflow_client.py URL; prints what it understood."""

import json
import sys

import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from sklearn.datasets import load_digits

url = sys.argv[1]
features = load_digits(as_frame=True).data[:25]
client = ScoringServerClient(*url.removeprefix("http://").split(":"))
found = [client.invoke(rows).get_predictions()[0].tolist() for rows in (features[:1], features)]
records = {"dataframe_records": features.to_dict("records")}
matrix = {"inputs": features.to_numpy().tolist()}
found += [
    requests.post(f"{url}/invocations", json=document, timeout=10).json()["predictions"]
    for document in (records, matrix)
]
csv = {"content-type": "text/csv"}
found.append(
    requests.post(f"{url}/invocations", data=features.to_csv(index=False), headers=csv, timeout=10).json()[
        "predictions"
    ]
)
found.append(requests.post(f"{url}/invocations", json={"nothing": 1}, timeout=10).status_code)
print(json.dumps(found))
