"""Sketches of the columns of a Parquet file by whylogs: `python profile_whylogs.py FILE`. Prints the seconds, imports apart."""

import json
import sys
import time

import pandas as pd
import whylogs

started = time.perf_counter()
view = whylogs.log(pandas=pd.read_parquet(sys.argv[1])).view()
assert len(view.to_pandas()) > 0
print(json.dumps({"seconds": time.perf_counter() - started}))
