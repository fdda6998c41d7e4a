"""Makes values.json: metrics of scikit-learn (calibration error and MAP of the first ranks: of NumPy) on random inputs with ties, degenerate classes and weights.

Run with scikit-learn and NumPy installed: python make-values.py > values.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn import metrics

rng = np.random.default_rng(20240601)
cases = []


def finite(value):
    return float(value) if np.isfinite(value) else None


def calibration_error(actual, scores, weights):
    """Mean over ten equal bins, open on the left, of |share that is right - mean confidence| by their weight."""
    confidence = scores[:, 1] if scores.shape[1] == 2 else scores.max(axis=1)
    right = actual if scores.shape[1] == 2 else (scores.argmax(axis=1) == actual)
    weights = np.ones(len(actual)) if weights is None else weights
    bins = np.searchsorted(np.arange(1, 10) / 10, confidence)
    gaps = [abs(weights[bins == b] @ (right[bins == b] - confidence[bins == b])) for b in range(10)]
    return sum(gaps) / weights.sum()


def share(part, whole):
    """A quotient; 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(np.asarray(part, dtype=float)), where=np.asarray(whole) != 0)


def costs_of(classes):
    """What each mistake costs: more, the further the classes lie apart, and twice as much upwards."""
    away = np.arange(classes)[:, None] - np.arange(classes)[None, :]
    return np.where(away > 0, 2.0 * away, -1.0 * away)


def classification(name, actual, scores, predicted, weights=None):
    classes = scores.shape[1]
    labels = list(range(classes))
    w = {"sample_weight": weights}
    binary = classes == 2
    average = {"average": "binary" if binary else "macro", "zero_division": 0}
    # macro over the classes that occur in either column, as scikit-learn does
    present = sorted(set(actual) | set(predicted))
    macro = {} if binary else {"labels": present}
    expected = {
        "accuracy": metrics.accuracy_score(actual, predicted, **w),
        "error_rate": metrics.zero_one_loss(actual, predicted, **w),
        "cost": (metrics.confusion_matrix(actual, predicted, labels=labels, normalize="all", **w) * costs_of(classes)).sum(),
        "ece": calibration_error(actual, scores, weights),
        "precision": metrics.precision_score(actual, predicted, **average, **macro, **w),
        "recall": metrics.recall_score(actual, predicted, **average, **macro, **w),
        "f1": metrics.f1_score(actual, predicted, **average, **macro, **w),
        "f1_weighted": metrics.f1_score(actual, predicted, average="weighted", zero_division=0, **w),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted, **w),
        "mcc": metrics.matthews_corrcoef(actual, predicted, **w),
        "kappa": metrics.cohen_kappa_score(actual, predicted, **w),
        "log_loss": metrics.log_loss(actual, scores, labels=labels, **w),
        "brier": metrics.brier_score_loss(actual, scores[:, 1], **w) if binary
        else float(np.average(((scores - np.eye(classes)[actual]) ** 2).sum(axis=1), weights=weights)),
    }
    if not binary:
        expected["f1_micro"] = metrics.f1_score(actual, predicted, average="micro", **w)
        expected["precision_weighted"] = metrics.precision_score(actual, predicted, average="weighted", zero_division=0, **w)
        expected["recall_weighted"] = metrics.recall_score(actual, predicted, average="weighted", zero_division=0, **w)
        cells = metrics.multilabel_confusion_matrix(actual, predicted, labels=present, **w)
        tn, fp, fn, tp = (cells[:, i, j] for i in (0, 1) for j in (0, 1))
        expected["specificity"] = share(tn, tn + fp).mean()
        expected["false_positive_rate"] = share(fp, tn + fp).mean()
        expected["false_negative_rate"] = share(fn, tp + fn).mean()
        for k in (1, 2, 3):
            if k < classes:
                expected[f"top_{k}_accuracy"] = metrics.top_k_accuracy_score(actual, scores, k=k, labels=labels, **w)
    else:
        expected["specificity"] = metrics.recall_score(actual, predicted, pos_label=0, zero_division=0, **w)
        tn, fp, fn, tp = metrics.confusion_matrix(actual, predicted, labels=labels, **w).ravel()
        expected["false_positive_rate"] = share(fp, tn + fp)
        expected["false_negative_rate"] = share(fn, tp + fn)
        expected["positive_rate"] = share(tp + fp, tn + fp + fn + tp)
        if actual.sum() > 0:
            expected["pr_auc"] = metrics.average_precision_score(actual, scores[:, 1], **w)
    if len(set(actual)) == classes:
        if binary:
            expected["auc"] = metrics.roc_auc_score(actual, scores[:, 1], **w)
        else:
            expected["pr_auc"] = metrics.average_precision_score(np.eye(classes)[actual], scores, average="macro", **w)
            expected["auc"] = metrics.roc_auc_score(actual, scores, multi_class="ovr", average="macro", **w)
    cases.append({"kind": "classes", "name": name, "actual": actual.tolist(), "predicted": predicted.tolist(),
                  "scores": scores.T.tolist(), "costs": costs_of(classes).ravel().tolist(), "weights": None if weights is None else weights.tolist(),
                  "expected": {key: finite(value) for key, value in expected.items()}})


def scores_for(rows, classes, digits=None):
    raw = rng.gamma(0.7, size=(rows, classes)) + 1e-3
    raw = raw / raw.sum(axis=1, keepdims=True)
    if digits is not None:
        first = np.clip(np.round(raw[:, 0], digits), 0.01, 0.99)
        raw = np.column_stack([first, 1 - first])
    return raw


for rows, classes, digits in [(300, 2, None), (300, 2, 1), (57, 2, 2), (400, 3, None), (250, 5, None)]:
    scores = scores_for(rows, classes, digits)
    actual = np.array([rng.choice(classes, p=row) for row in scores])
    predicted = scores.argmax(axis=1)
    classification(f"{classes} classes, {rows} rows, rounded to {digits}", actual, scores, predicted)
    classification(f"{classes} classes, {rows} rows, weighted", actual, scores, predicted, rng.integers(1, 5, rows).astype(float))
scores = scores_for(40, 2)
classification("never predicted", np.arange(40) % 2, scores, np.zeros(40, dtype=int))
classification("always right", np.arange(40) % 2, scores, np.arange(40) % 2)
classification("negatives only", np.zeros(9, dtype=int), scores_for(9, 2), np.arange(9) % 2)
classification("positives only", np.ones(9, dtype=int), scores_for(9, 2), np.arange(9) % 2)
classification("one score for all", np.arange(20) % 2, np.full((20, 2), 0.5), np.ones(20, dtype=int))
classification("scores of 0 and 1", np.arange(12) % 2, np.eye(2)[np.arange(12) // 3 % 2], np.arange(12) // 3 % 2)
classification("one row", np.array([1]), np.array([[0.3, 0.7]]), np.array([1]))
classification("a class that never occurs", np.array([0, 1, 0, 1, 1]), np.column_stack([scores_for(5, 2) * 0.9, np.full(5, 0.1)]), np.array([0, 1, 2, 1, 0]))
for _ in range(6):
    rows = int(rng.integers(5, 60))
    tied = np.round(scores_for(rows, 4), 1) + 0.025
    tied = tied / tied.sum(axis=1, keepdims=True)
    weights = rng.gamma(1, 1, rows) * rng.integers(0, 2, rows) + 0.01 * np.ones(rows)
    classification("ties among 4 classes, weights of all sizes", np.concatenate([np.arange(4), rng.integers(0, 4, rows - 4)]), tied, tied.argmax(axis=1), weights)

for rows, scale in [(200, 1.0), (50, 1e6), (3, 1.0), (2, 1.0), (40, 0.0), (30, 1e-200)]:
    actual = rng.normal(size=rows) * scale
    predicted = actual + rng.normal(size=rows) * scale * 0.3
    if scale == 0.0:
        actual, predicted = np.zeros(rows), rng.integers(0, 2, rows).astype(float)
    for weights in (None, rng.integers(1, 4, rows).astype(float)):
        w = {"sample_weight": weights}
        mse = metrics.mean_squared_error(actual, predicted, **w)
        expected = {"mae": metrics.mean_absolute_error(actual, predicted, **w), "mse": mse, "rmse": float(np.sqrt(mse)),
                    "r2": metrics.r2_score(actual, predicted, **w), "mape": metrics.mean_absolute_percentage_error(actual, predicted, **w),
                    "quantile_loss_10": metrics.mean_pinball_loss(actual, predicted, alpha=0.1, **w),
                    "quantile_loss_50": metrics.mean_pinball_loss(actual, predicted, alpha=0.5, **w),
                    "quantile_loss_90": metrics.mean_pinball_loss(actual, predicted, alpha=0.9, **w)}
        expected["median_ae"] = metrics.median_absolute_error(actual, predicted, **w)
        expected["quantile_loss_33"] = metrics.mean_pinball_loss(actual, predicted, alpha=0.33, **w)
        cases.append({"kind": "numbers", "name": f"{rows} rows, scale {scale}", "actual": actual.tolist(), "predicted": predicted.tolist(),
                      "weights": None if weights is None else weights.tolist(), "expected": {key: finite(value) for key, value in expected.items()}})


def precision_of_first(truth, given, k):
    """Mean precision at the relevant ones of the first k ranks, of the best that k ranks allow; no two scores are equal."""
    relevant = (truth > 0)[np.argsort(-given)]
    precisions = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
    return float((precisions * relevant)[:k].sum() / min(k, relevant.sum()))


for rounded in (None, 1, 0):
    queries, relevance, scored, ndcg, ndcg3, ndcg10, aps, map5 = [], [], [], [], [], [], [], []
    for query in range(30):
        size = int(rng.integers(2, 25))
        truth = rng.integers(0, 4, size)
        truth[int(rng.integers(size))] += 1
        given = rng.normal(size=size) + truth
        given = given if rounded is None else np.round(given, rounded)
        queries += [query] * size
        relevance += truth.tolist()
        scored += given.tolist()
        ndcg.append(metrics.ndcg_score([truth], [given]))
        ndcg3.append(metrics.ndcg_score([truth], [given], k=3))
        ndcg10.append(metrics.ndcg_score([truth], [given], k=10))
        map5.append(precision_of_first(truth, given, 5))
        aps.append(metrics.average_precision_score(truth > 0, given))
    expected = {"ndcg": float(np.mean(ndcg)), "ndcg_3": float(np.mean(ndcg3)), "ndcg_10": float(np.mean(ndcg10)), "map": float(np.mean(aps))}
    if rounded is None:
        expected["map_5"] = float(np.mean(map5))
    cases.append({"kind": "ranking", "name": f"30 queries, rounded to {rounded}", "query": queries, "relevance": relevance,
                  "scores": scored, "expected": expected})

json.dump({"made_with": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}", "cases": cases}, sys.stdout)
