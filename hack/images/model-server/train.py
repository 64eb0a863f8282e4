"""Train the demo's model on the breast-cancer data that scikit-learn ships.

python train.py FOLDER    write model.joblib, and rows.json: the features it was not trained on
"""

import json
import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main(folder: Path) -> None:
    features, malignant_or_benign = load_breast_cancer(return_X_y=True)
    train, unseen, answers, unseen_answers = train_test_split(features, malignant_or_benign, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, answers)
    joblib.dump(model, folder / "model.joblib")
    (folder / "rows.json").write_text(json.dumps(unseen.tolist()))
    print(f"accuracy on {len(unseen)} unseen rows: {model.score(unseen, unseen_answers):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
