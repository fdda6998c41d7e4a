"""The graph of graph.json in Prefect: `python flow.py WORKERS`."""

import json
import subprocess
import sys

from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.task_runners import ThreadPoolTaskRunner

with open("graph.json") as file:
    GRAPH = json.load(file)


@task(cache_policy=INPUTS, persist_result=True)
def step(command, after):
    subprocess.run(command, check=True)
    return command


@flow(task_runner=ThreadPoolTaskRunner(max_workers=int(sys.argv[1])))
def graph():
    done = {}
    for one in GRAPH:
        done[one["name"]] = step.submit(one["command"], [done[name] for name in one["after"]])
    for future in done.values():
        future.result()


if __name__ == "__main__":
    graph()
