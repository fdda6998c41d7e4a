"""What MLflow's own server answers about sums over traces: as make_requests.py, whose environment it needs, for requests_trace_metrics.py.

    V/bin/python make_trace_metrics.py > trace-metrics.json
"""
from make_requests import main
from requests_trace_metrics import REQUESTS

main(REQUESTS)
