"""Statistics of a Parquet file by ydata-profiling: `python profile_ydata.py FILE`. Prints the seconds, imports apart.

What we do not compute by default either is switched off: pairs, interactions, samples, duplicate rows, words, plots.
"""

import json
import sys
import time

import pandas as pd
from ydata_profiling import ProfileReport

started = time.perf_counter()
report = ProfileReport(
    pd.read_parquet(sys.argv[1]),
    correlations=None,
    interactions=None,
    missing_diagrams=None,
    samples=None,
    duplicates=None,
    vars={"cat": {"words": False}},
    progress_bar=False,
)
description = report.get_description()
assert len(description.variables) > 0
print(json.dumps({"seconds": time.perf_counter() - started}))
