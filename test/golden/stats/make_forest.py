"""Makes forest.json: tables of cells in two classes with the area under the curve of scikit-learn's random forest, cross-validated.

Run with numpy and scikit-learn installed: python make_forest.py > forest.json
"""

import json
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

draw = np.random.default_rng(2026)


def cells(values):
    return np.digitize(values, np.quantile(values, np.linspace(0, 1, 21)[1:-1])).astype(int)


def case(name, columns, classes):
    rows = np.column_stack(columns)
    areas = []
    for seed in range(5):
        forest = RandomForestClassifier(200, max_depth=8, min_samples_leaf=10, max_features="sqrt", random_state=seed)
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        scores = cross_val_predict(forest, rows, classes, cv=folds, method="predict_proba")[:, 1]
        areas.append(roc_auc_score(classes, scores))
    return {
        "name": name,
        "columns": [column.tolist() for column in columns],
        "classes": classes.astype(int).tolist(),
        "area": float(np.mean(areas)),
        "spread": float(np.std(areas)),
    }


def cases():
    size = 1200
    classes = np.arange(size) % 2
    shift = draw.normal(size=size) + 0.8 * classes
    noise = [cells(draw.normal(size=size)) for _ in range(3)]
    yield case("one column moved, three did not", [cells(shift), *noise], classes)
    a = draw.normal(size=size)
    b = np.where(classes == 1, draw.normal(size=size), a + 0.3 * draw.normal(size=size))
    yield case("two columns that go together in one class alone", [cells(a), cells(b)], classes)
    yield case("nothing to tell", [cells(draw.normal(size=size)) for _ in range(4)], classes)
    few = (draw.random(size) < 0.2).astype(int)
    curved = np.abs(draw.normal(size=size)) * np.where(few == 1, 1.8, 1) * draw.choice([-1, 1], size)
    yield case("a wider class of few rows", [cells(curved), *noise[:2]], few)


json.dump({"cases": list(cases())}, sys.stdout)
