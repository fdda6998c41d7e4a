"""Makes isolation.json: generated rows with the scores that scikit-learn's isolation forest of 3,000 trees gives them.

Run with scikit-learn installed: python make_isolation.py > isolation.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

rng = np.random.default_rng(31)
cases = {
    "normal": rng.normal(0, 1, (600, 3)),
    "two groups and a few between": np.vstack([rng.normal(0, 1, (300, 2)), rng.normal(9, 1, (290, 2)), rng.uniform(3, 6, (10, 2))]),
    "small": rng.exponential(1, (40, 2)),
    "one column": rng.standard_t(3, (400, 1)),
    "ties": rng.poisson(1, (500, 4)).astype(float),
}
out = []
for name, rows in cases.items():
    forest = IsolationForest(n_estimators=3000, max_samples=min(256, len(rows)), random_state=1).fit(rows)
    out.append({"name": name, "columns": np.round(rows, 12).T.tolist(), "scores": (-forest.score_samples(rows)).round(6).tolist()})
json.dump({"versions": {"scikit-learn": sklearn.__version__}, "cases": out}, sys.stdout)
