"""Logs metrics one by one through MLflow's client, as a training script does. Prints the calls in a second."""

import sys
import time

from mlflow import MlflowClient

uri, run_id, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = MlflowClient(tracking_uri=uri)
client.log_metric(run_id, "through the client", 0.5, step=0)
started = time.perf_counter()
for step in range(1, count + 1):
    client.log_metric(run_id, "through the client", step / 7, step=step)
print(count / (time.perf_counter() - started))
