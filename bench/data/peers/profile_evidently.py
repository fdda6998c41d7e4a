"""The summary of a Parquet file by Evidently: `python profile_evidently.py FILE`. Prints the seconds, imports apart."""

import json
import sys
import time

import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataSummaryPreset

started = time.perf_counter()
data = Dataset.from_pandas(pd.read_parquet(sys.argv[1]))
summary = Report([DataSummaryPreset()]).run(data, None).dict()
assert len(summary["metrics"]) > 0
print(json.dumps({"seconds": time.perf_counter() - started}))
