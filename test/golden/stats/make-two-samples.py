"""Makes two-samples.json: distances of counts, tests of homogeneity and of Kolmogorov and Smirnov, by SciPy.

Run with scipy installed: python make-two-samples.py > two-samples.json
"""

import json
import sys

import numpy as np
import scipy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

rng = np.random.default_rng(31)

distances = []
for cells in (1, 2, 3, 7, 20, 100):
    for rows in (10, 1000, 100_000):
        p = rng.dirichlet(np.full(cells, 0.5))
        q = rng.dirichlet(np.full(cells, 0.5)) if rows != 1000 else p
        a, b = rng.multinomial(rows, p), rng.multinomial(rows + 13, q)
        pa, qb = a / a.sum(), b / b.sum()
        least = np.where(pa > 0, pa, 0.5 / a.sum()), np.where(qb > 0, qb, 0.5 / b.sum())
        differs = pa != qb
        distances.append({
            "reference": a.tolist(), "current": b.tolist(),
            "largest": float(np.abs(pa - qb).max()),
            "jensen_shannon": float(jensenshannon(pa, qb, base=2) ** 2),
            "psi": float((special.rel_entr(least[0], least[1]) + special.rel_entr(least[1], least[0]))[differs].sum()),
            "hellinger": float(np.linalg.norm(np.sqrt(pa) - np.sqrt(qb)) / np.sqrt(2)),
        })

homogeneity = []
for cells, rows in ((2, 50), (5, 400), (12, 5000), (40, 100_000)):
    for _ in range(4):
        p = rng.dirichlet(np.full(cells, 8.0))
        q = rng.dirichlet(np.full(cells, 800.0) * p * cells)
        a, b = rng.multinomial(rows, p) + 12, rng.multinomial(rows // 2, q) + 12
        found = stats.chi2_contingency(np.array([a, b]), correction=False)
        homogeneity.append({"reference": a.tolist(), "current": b.tolist(), "statistic": float(found.statistic),
                            "degrees": int(found.dof), "p": float(found.pvalue)})

kolmogorov = []
for n, m in ((1, 1), (3, 5), (10, 10), (25, 60), (100, 100), (317, 1000), (900, 1100)):
    for shift in (0.0, 0.2, 0.8):
        x, y = rng.normal(size=n), rng.normal(shift, size=m)
        found = stats.ks_2samp(x, y, method="exact")
        kolmogorov.append({"n": n, "m": m, "d": float(found.statistic), "p": float(found.pvalue)})
limit = [{"n": n, "m": m, "d": d, "p": float(stats.kstwo.sf(d, round(n * m / (n + m))))}
         for n, m in ((2000, 2000), (5000, 700), (100_000, 100_000), (3_000_000, 2_000_000))
         for d in (np.array([0.4, 0.8, 1.0, 1.36, 1.63, 2.2, 3.0]) / np.sqrt(n * m / (n + m))).tolist()]
survival = [[x, float(special.kolmogorov(x))] for x in (0.05, 0.1, 0.3, 0.5, 0.8, 0.99, 1.0, 1.01, 1.36, 1.63, 2.0, 3.0, 5.0, 12.0)]

json.dump({"made_with": f"SciPy {scipy.__version__}, NumPy {np.__version__}", "distances": distances,
           "homogeneity": homogeneity, "kolmogorov": kolmogorov, "limit": limit, "survival": survival}, sys.stdout)
