"""What MLflow's own server answers about traces: as make_requests.py, whose environment it needs, for requests_traces.py.

    V/bin/python make_traces.py > traces.json
"""
from make_requests import main
from requests_traces import REQUESTS

main(REQUESTS)
