"""Two Parquet files compared by Evidently: `python drift_evidently.py REFERENCE CURRENT`. Prints the seconds, imports apart."""

import json
import sys
import time

import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset

started = time.perf_counter()
reference, current = (Dataset.from_pandas(pd.read_parquet(path)) for path in sys.argv[1:3])
found = Report([DataDriftPreset()]).run(current, reference).dict()
assert len(found["metrics"]) > 0
print(json.dumps({"seconds": time.perf_counter() - started}))
