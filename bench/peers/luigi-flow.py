"""The graph of graph.json in Luigi: `luigi --module flow Step --folder HERE --name LAST`."""

import json
import subprocess

import luigi

with open("graph.json") as file:
    GRAPH = {step["name"]: step for step in json.load(file)}


class Step(luigi.Task):
    # Tells the projects of one scheduler apart.
    folder = luigi.Parameter()
    name = luigi.Parameter()

    def requires(self):
        return [Step(folder=self.folder, name=name) for name in GRAPH[self.name]["after"]]

    def output(self):
        return luigi.LocalTarget(GRAPH[self.name]["output"])

    def run(self):
        subprocess.run(GRAPH[self.name]["command"], check=True)
