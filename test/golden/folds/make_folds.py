"""Makes folds.json: how scikit-learn divides the same rows into folds, what it measures over folds, and intervals of means over folds by SciPy.

Which rows are in which fold of the cross-validation is decided by mlspec's own `part_of_key` and `fold_of_key`; everything behind that is scikit-learn's.

Run with scikit-learn and SciPy installed: python make_folds.py > folds.json
"""

import json
import pathlib
import sys

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, PredefinedSplit, StratifiedKFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "python"))
from mlspec import fold_of_key, part_of_key  # noqa: E402

rng = np.random.default_rng(20261)

stratified = []
for rows, shares, folds in [(97, [0.7, 0.3], 5), (240, [0.9, 0.07, 0.03], 4), (61, [0.5, 0.5], 10), (300, [0.6, 0.2, 0.1, 0.1], 3)]:
    labels = rng.choice(list("abcd")[: len(shares)], size=rows, p=shares)
    # The order in which scikit-learn meets the classes decides who gets what is left over: here it is that of their names.
    labels = np.concatenate([np.unique(labels), labels])
    counts = [[int((labels[held] == name).sum()) for name in np.unique(labels)]
              for _, held in StratifiedKFold(folds).split(np.zeros(len(labels)), labels)]
    stratified.append({"labels": labels.tolist(), "folds": folds, "counts": counts})

grouped = []
for groups, most, folds in [(40, 30, 5), (7, 100, 3), (300, 4, 10), (12, 1, 4)]:
    owner = np.repeat(np.arange(groups), rng.integers(1, most + 1, groups))
    rng.shuffle(owner)
    sizes = [len(held) for _, held in GroupKFold(folds).split(owner, owner, owner)]
    grouped.append({"groups": owner.tolist(), "folds": folds, "sizes": sizes})

rolling = []
for rows, folds, gap in [(100, 5, 0), (103, 4, 0), (50, 3, 7), (24, 2, 1), (11, 10, 0)]:
    divided = TimeSeriesSplit(folds, gap=gap).split(np.zeros(rows))
    rolling.append({"rows": rows, "folds": folds, "gap": gap,
                    "divided": [{"train": train.tolist(), "held_out": held.tolist()} for train, held in divided]})

parts, count = {"train": 0.8, "test": 0.2}, 4
x = rng.gamma(2.0, 3.0, 240).round(3)
x[::40] *= 25  # a scaler that sees a row too many is found out
y = (1.5 * x + rng.normal(0, 4, 240)).round(3)
train = [i for i in range(240) if part_of_key((i,), parts, salt="s") == "train"]
fold = PredefinedSplit([fold_of_key((i,), count, salt="f") - 1 for i in train])
model = make_pipeline(StandardScaler(), Ridge(alpha=50.0))
scores = {name: [float(one) for one in sign * cross_val_score(model, x[train][:, None], y[train], cv=fold, scoring=scoring)]
          for name, scoring, sign in [("rmse", "neg_root_mean_squared_error", -1), ("mae", "neg_mean_absolute_error", -1), ("r2", "r2", 1)]}

means = []
for folds, ratio, confidence in [(2, 1.0, 0.95), (5, 0.25, 0.95), (5, 0.25, 0.9), (10, 1 / 9, 0.99), (3, 0.4, 0.95)]:
    values = rng.normal(0.8, 0.05, folds)
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    low, high = stats.t.interval(confidence, folds - 1, loc=mean, scale=deviation * np.sqrt(1 / folds + ratio))
    means.append({"values": values.tolist(), "ratio": ratio, "confidence": confidence, "mean": mean, "deviation": deviation,
                  "low": float(low), "high": float(high)})

json.dump({"made_with": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}", "stratified": stratified, "grouped": grouped,
           "rolling": rolling, "cross_validation": {"parts": parts, "folds": count, "x": x.tolist(), "y": y.tolist(), "scores": scores},
           "means": means}, sys.stdout)
print()
