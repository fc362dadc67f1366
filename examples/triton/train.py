"""Makes models/iris/1/weights.json: a linear classifier of scikit-learn's iris data, and how well it does on flowers
that it has not seen.

Run it with numpy and scikit-learn installed: `python train.py`. The same data give the same file.
"""

import json
from pathlib import Path
from typing import Any

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

FILE = Path(__file__).parent / "models" / "iris" / "1" / "weights.json"

# The same flowers are held out in every run.
SEED = 20

# More would differ between machines, and tell flowers apart no better.
DIGITS = 4


def train() -> dict[str, Any]:
    data = load_iris()
    train_x, test_x, train_y, test_y = train_test_split(
        data.data, data.target, test_size=0.3, stratify=data.target, random_state=SEED
    )
    model = LogisticRegression(max_iter=10_000, tol=1e-8).fit(train_x, train_y)
    return {
        "species": [str(name) for name in data.target_names],
        "features": ["sepal length", "sepal width", "petal length", "petal width"],
        "coefficients": model.coef_.round(DIGITS).tolist(),
        "intercepts": model.intercept_.round(DIGITS).tolist(),
        "accuracy": round(model.score(test_x, test_y), DIGITS),
        "flowers": {"learned from": len(train_y), "held out": len(test_y)},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(train(), indent=2) + "\n", encoding="utf-8")
