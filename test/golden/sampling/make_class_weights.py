"""Makes class-weights.json: balanced weights of classes by scikit-learn.

Run with scikit-learn installed: python make_class_weights.py > class-weights.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.utils.class_weight import compute_class_weight

rng = np.random.default_rng(7)
cases = []
for rows, shares in [(100, [0.9, 0.1]), (37, [0.5, 0.3, 0.2]), (1000, [0.97, 0.01, 0.01, 0.01]), (5, [1.0])]:
    labels = rng.choice(list("abcd")[: len(shares)], size=rows, p=shares)
    classes = np.unique(labels)
    weights = compute_class_weight("balanced", classes=classes, y=labels)
    cases.append({"labels": labels.tolist(), "weights": dict(zip(classes.tolist(), map(float, weights)))})
json.dump({"made_with": f"scikit-learn {sklearn.__version__}", "cases": cases}, sys.stdout)
print()
