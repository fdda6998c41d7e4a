"""Makes mlflow-postgres-<version>.tar.gz: what the stock `mlflow server` wrote into PostgreSQL, as SQL, and its files; beside it
what MLflow's own client answers about it.

    python make_mlflow_postgres.py postgresql://postgres@127.0.0.1:5432   # mlflow and psycopg2-binary installed, pg_dump there

Makes a database of its own and drops it at the end.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import mlflow
from mlflow.tracking import MlflowClient

from make_mlflow_sources import answers, fill, pack, write

NAME = "mlflow_golden_source"
PORT = "5077"


def main(server):
    folder = pathlib.Path("/tmp/mlflow-sources/postgres")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sql = lambda text: subprocess.run(["psql", f"{server}/postgres", "-qc", text], check=True)  # noqa: E731
    sql(f"drop database if exists {NAME}")
    sql(f"create database {NAME}")
    environment = os.environ | {"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    backend = f"{server.replace('postgresql:', 'postgresql+psycopg2:')}/{NAME}"
    command = ["mlflow", "server", "--backend-store-uri", backend, "--artifacts-destination", str(folder / "mlartifacts")]
    log = open(folder / "server.log", "w")
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", PORT, "--workers", "1"], env=environment, stdout=log, stderr=log
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health").read()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit((folder / "server.log").read_text())
                time.sleep(1)
        client = MlflowClient(f"http://127.0.0.1:{PORT}")
        mlflow.set_tracking_uri(f"http://127.0.0.1:{PORT}")
        runs = fill(client, client.create_experiment, lambda run_id: client.get_run(run_id).info.artifact_uri, False)
        name = f"mlflow-postgres-{mlflow.__version__}"
        write(name, answers(client, runs))
    finally:
        process.terminate()
        process.wait()
    dump = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "-f", str(folder / "mlflow.sql"), f"{server}/{NAME}"]
    subprocess.run(dump, check=True)
    pack(name, folder, ["mlflow.sql", "mlartifacts"])
    sql(f"drop database {NAME}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
