"""Statistics of a Parquet file by TensorFlow Data Validation: `python profile_tfdv.py FILE`. Prints the seconds, imports apart."""

import json
import multiprocessing
import sys
import time

import pandas as pd
import tensorflow_data_validation as tfdv

if __name__ == "__main__":
    started = time.perf_counter()
    frame = pd.read_parquet(sys.argv[1])
    statistics = tfdv.generate_statistics_from_dataframe(frame, n_jobs=multiprocessing.cpu_count())
    assert statistics.datasets[0].num_examples == len(frame)
    print(json.dumps({"seconds": time.perf_counter() - started}))
