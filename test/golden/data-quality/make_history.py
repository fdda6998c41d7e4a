"""Makes history.json: prediction intervals by SciPy, reaches of robust ones by simulation, and smoothing by statsmodels.

For given smoothing the errors of statsmodels' own recursion are affine in the state that it begins with. They are asked for at a beginning of
nought and at each unit beside it, and NumPy's least squares finds the beginning that fits best: sum of squares, next value and leverage.

Run with statsmodels and scipy installed: python make_history.py > history.json
"""

import json
import sys
import warnings

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.tsa.holtwinters import ExponentialSmoothing

warnings.simplefilter("ignore")
rng = np.random.default_rng(61)


def student():
    cases = []
    for count in (2, 3, 5, 12, 40, 200):
        for tail in (0.2, 0.05, 0.005, 0.0005):
            values = rng.normal(rng.normal() * 100, 10 ** rng.uniform(-3, 3), size=count)
            reach = stats.t.isf(tail, count - 1) * np.sqrt(1 + 1 / count)
            cases.append({"values": values.tolist(), "tail": tail, "mean": float(values.mean()),
                          "deviation": float(values.std(ddof=1)), "reach": float(reach)})
    return cases


def robust():
    cases = []
    for count in (5, 8, 21, 80):
        draws = 400_000
        found = []
        while sum(map(len, found)) < draws:
            sample = rng.normal(size=(20_000, count))
            centre = np.median(sample, axis=1)
            deviation = np.median(np.abs(sample - centre[:, None]), axis=1)
            found.append((rng.normal(size=20_000) - centre) / deviation)
        ratio = np.abs(np.concatenate(found))
        for tail in (0.05, 0.01, 0.005):
            cases.append({"count": count, "tail": tail, "reach": float(np.quantile(ratio, 1 - 2 * tail))})
    return cases


def series(season, count):
    level, trend = rng.normal(0, 20), rng.normal(0, 0.5)
    seasons = list(rng.normal(0, 5, size=season))
    alpha, beta = rng.uniform(0, 0.9), rng.uniform(0, 0.4)
    gamma = rng.uniform(0, 1 - alpha)
    values = []
    for _ in range(count):
        error, first = rng.normal(), seasons.pop(0)
        values.append(level + trend + first + error)
        level, trend = level + trend + alpha * error, trend + alpha * beta * error
        seasons.append(first + gamma * error)
    return values


def smooth(values, season, smoothing, beginning):
    model = ExponentialSmoothing(values, trend="add", seasonal="add", seasonal_periods=season,
                                 initialization_method="known", initial_level=beginning[0],
                                 initial_trend=beginning[1], initial_seasonal=beginning[2:])
    fit = model.fit(smoothing_level=smoothing[0], smoothing_trend=smoothing[1], smoothing_seasonal=smoothing[2],
                    optimized=False)
    return np.asarray(values) - fit.fittedvalues, float(fit.forecast(1)[0])


def given():
    cases = []
    for season, count in ((2, 9), (3, 20), (4, 12), (7, 60), (12, 50), (24, 100)):
        for _ in range(3):
            values = series(season, count)
            alpha, beta = rng.uniform(0, 1), rng.uniform(0, 1)
            smoothing = (alpha, beta, rng.uniform(0, 1 - alpha))
            size = season + 2
            errors, following = smooth(values, season, smoothing, np.zeros(size))
            columns, places = [], []
            for place in range(size):
                unit = np.zeros(size)
                unit[place] = 1
                moved, moved_following = smooth(values, season, smoothing, unit)
                columns.append(errors - moved)
                places.append(moved_following - following)
            design, places = np.array(columns).T, np.array(places)
            # Level and seasons can be moved against each other: the least of all equal solutions is taken.
            beginning = np.linalg.lstsq(design, errors, rcond=1e-11)[0]
            rest = errors - design @ beginning
            leverage = places @ np.linalg.pinv(design.T @ design, rcond=1e-13, hermitian=True) @ places
            cases.append({"values": values, "season": season,
                          "smoothing": {"level": alpha, "trend": beta, "season": smoothing[2]},
                          "squares": float(rest @ rest), "next": float(following + places @ beginning),
                          "leverage": float(leverage)})
    return cases


def fitted():
    cases = []
    for season, count in ((3, 30), (4, 16), (4, 40), (7, 28), (7, 90), (12, 60)):
        for _ in range(3):
            values = series(season, count)
            model = ExponentialSmoothing(values, trend="add", seasonal="add", seasonal_periods=season,
                                         initialization_method="estimated")
            fit = model.fit(use_brute=True)
            cases.append({"values": values, "season": season, "squares": float(fit.sse)})
    return cases


json.dump({"made_with": f"SciPy {scipy.__version__}, NumPy {np.__version__}, statsmodels {statsmodels.__version__}",
           "student": student(), "robust": robust(), "given": given(), "fitted": fitted()}, sys.stdout)
