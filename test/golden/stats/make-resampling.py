"""Makes resampling.json: BCa and percentile intervals of SciPy from its own replicates, and areas under ROC curves with
their covariance by the definition of DeLong et al. over all pairs of rows.

Run with scipy installed: python make-resampling.py > resampling.json
"""

import json
import sys

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(12)
bootstrap = []
for name, statistic in [("mean", np.mean), ("std", np.std), ("median", np.median)]:
    for size in (12, 60):
        sample = rng.gamma(1.5, size=size)
        for confidence in (0.9, 0.95):
            found = stats.bootstrap((sample,), statistic, n_resamples=400, confidence_level=confidence, method="BCa", rng=rng)
            percentile = stats.bootstrap((sample,), statistic, n_resamples=0, confidence_level=confidence, method="percentile", bootstrap_result=found)
            bootstrap.append({"statistic": name, "sample": sample.tolist(), "confidence": confidence,
                              "estimate": float(statistic(sample)), "replicates": found.bootstrap_distribution.tolist(),
                              "jackknife": [float(statistic(np.delete(sample, i))) for i in range(size)],
                              "bca": list(map(float, found.confidence_interval)), "percentile": list(map(float, percentile.confidence_interval))})

areas = []
for rows, digits, models in [(30, None, 1), (80, 1, 2), (200, 2, 3), (50, 0, 2)]:
    actual = rng.integers(0, 2, rows)
    scores = [actual * 0.7 + rng.normal(size=rows) for _ in range(models)]
    scores = [one if digits is None else np.round(one, digits) for one in scores]
    placements = []
    for one in scores:
        x, y = one[actual == 1][:, None], one[actual == 0][None, :]
        kernel = (x > y) + 0.5 * (x == y)
        placements.append((kernel.mean(axis=1), kernel.mean(axis=0), kernel.mean()))
    covariance = [[float(np.cov(a[0], b[0])[0, 1] / len(a[0]) + np.cov(a[1], b[1])[0, 1] / len(a[1])) for b in placements] for a in placements]
    areas.append({"actual": actual.tolist(), "scores": [one.tolist() for one in scores],
                  "areas": [float(one[2]) for one in placements], "covariance": covariance})

json.dump({"made_with": f"SciPy {scipy.__version__}, NumPy {np.__version__}", "bootstrap": bootstrap, "areas": areas}, sys.stdout)
