"""Makes hypergeometric.json: lower tails of the hypergeometric distribution, by SciPy.

Run with scipy installed: python make_hypergeometric.py > hypergeometric.json
"""

import json
import sys

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(17)
cases = []
for total in (5, 20, 137, 1_000, 25_000, 1_000_000):
    for _ in range(25):
        marked = int(rng.integers(0, total + 1))
        drawn = int(rng.integers(0, total + 1))
        mean = drawn * marked / total
        spread = max(1.0, np.sqrt(mean * (1 - marked / total) * (1 - drawn / total)))
        k = int(np.clip(np.round(mean + rng.normal() * 2 * spread), max(0, drawn + marked - total), min(drawn, marked)))
        p = float(stats.hypergeom.cdf(k, total, marked, drawn))
        cases.append({"k": k, "total": total, "marked": marked, "drawn": drawn, "p": p})
json.dump({"made_with": f"SciPy {scipy.__version__}, NumPy {np.__version__}", "cases": cases}, sys.stdout, indent=1)
