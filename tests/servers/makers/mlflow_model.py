"""Serve a classifier of digits with MLflow's scoring server: python mlflow_model.py FOLDER PORT."""

import os
import sys
from pathlib import Path

import mlflow
from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier

folder, port = sys.argv[1:]
features, answers = load_digits(return_X_y=True, as_frame=True)
model = DecisionTreeClassifier(random_state=0).fit(features, answers)
mlflow.sklearn.save_model(
    model, f"{folder}/model", pip_requirements=[], skops_trusted_types=["sklearn.tree._tree.Tree"]
)
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", f"{folder}/model"]
os.execv(sys.executable, [*command, "-h", "127.0.0.1", "-p", port, "--env-manager", "local", "-w", "1"])
