"""Serve a classifier of breast cancers with MLServer: python mlserver_model.py FOLDER PORT."""

import json
import os
import socket
import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

folder, port = Path(sys.argv[1]), int(sys.argv[2])
features, answers = load_breast_cancer(return_X_y=True)
joblib.dump(
    make_pipeline(StandardScaler(), LogisticRegression()).fit(features, answers), folder / "model.joblib"
)
model = {
    "name": "cancer",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "parameters": {"uri": "./model.joblib"},
}
with socket.create_server(("127.0.0.1", 0)) as probe:
    grpc_port = probe.getsockname()[1]
settings = {
    "debug": False, "parallel_workers": 0, "host": "127.0.0.1", "http_port": port, "grpc_port": grpc_port,
    "metrics_endpoint": None,
}  # fmt: skip
(folder / "model-settings.json").write_text(json.dumps(model))
(folder / "settings.json").write_text(json.dumps(settings))
os.chdir(folder)
server = Path(sys.executable).with_name("mlserver")
os.execv(server, [str(server), "start", "."])
