"""Writes sklearn.json: what scikit-learn's transformers learn and give, for src/transform to be compared with.

Run with scikit-learn 1.9 or near it:  python test/golden/transform/make_sklearn.py
"""

import json
import pathlib
import random

import numpy
import sklearn
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler


def tables():
    rng = random.Random(7)
    yield "normal", [rng.gauss(0, 1) for _ in range(101)]
    yield "skewed", [rng.expovariate(0.01) for _ in range(100)]
    yield "whole", [float(rng.randrange(0, 30)) for _ in range(97)]
    yield "offset", [1e9 + rng.random() for _ in range(64)]
    yield "constant", [3.5] * 10
    yield "two", [1.0, 2.0]


def column(values):
    return numpy.array(values, dtype=numpy.float64).reshape(-1, 1)


def main():
    cases = []
    for name, train in tables():
        x = column(train)
        test = column([*train[:10], train[0] - 1, train[0] * 2 + 1, 0.0])
        case = {"name": name, "train": train, "test": test.ravel().tolist(), "transformed": {}}
        scalers = {
            "standardize(x)": StandardScaler(),
            "minmax(x)": MinMaxScaler(),
            "minmax(x, -1, 1)": MinMaxScaler(feature_range=(-1, 1)),
            "robust_scale(x)": RobustScaler(),
        }
        for expression, scaler in scalers.items():
            case["transformed"][expression] = scaler.fit(x).transform(test).ravel().tolist()
        if name not in ("constant", "two"):
            for count in (4, 10):
                bins = KBinsDiscretizer(count, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)
                case["transformed"][f"quantile_buckets(x, {count})"] = bins.fit(x).transform(test).ravel().tolist()
        cases.append(case)
    values = ["b", "a", "c", "a", "b", "a", "d"]
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit([[v] for v in values])
    wide = encoder.transform([["a"], ["d"], ["z"]]).tolist()
    one_hot = {"train": values, "test": ["a", "d", "z"], "categories": encoder.categories_[0].tolist(), "rows": wide}
    document = {"sklearn": sklearn.__version__, "numpy": numpy.__version__, "cases": cases, "one_hot": one_hot}
    pathlib.Path(__file__).with_name("sklearn.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
