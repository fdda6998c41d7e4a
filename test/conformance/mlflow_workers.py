"""What users write with MLflow's own client, against a live `mlspec server --workers 2`. One line for each test."""

import os
import tempfile
import threading
import traceback
import warnings

warnings.filterwarnings("ignore")
import mlflow
from mlflow import MlflowClient

client = MlflowClient()


def test_what_one_logs_others_find():
    mlflow.set_experiment("shared")
    with mlflow.start_run(run_name="one") as run:
        mlflow.log_param("depth", 3)
        for step in range(50):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({f"m{key}": key for key in range(100)}, step=0)
        mlflow.set_tag("team", "red")
        mlflow.log_text("content", "a/b.txt")
    # Each new client has a connection of its own, and so perhaps another worker.
    for _ in range(4):
        found = MlflowClient().get_run(run.info.run_id)
        assert (found.info.status, found.data.params, found.data.tags["team"]) == ("FINISHED", {"depth": "3"}, "red")
        assert (found.data.metrics["loss"], found.data.metrics["m99"]) == (1 / 50, 99)
    assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == list(range(50))
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/a/b.txt") == "content"
    table = mlflow.search_runs(experiment_names=["shared"], filter_string="metrics.loss < 0.1 and params.depth = '3'")
    assert list(table["run_id"]) == [run.info.run_id]


def test_many_log_at_once():
    experiment = client.create_experiment("crowd")
    failures = []

    def work(number):
        try:
            own = MlflowClient()
            run = own.create_run(experiment, run_name=f"run {number}")
            for step in range(20):
                own.log_metric(run.info.run_id, "loss", number + step, step=step)
            own.set_terminated(run.info.run_id)
        except BaseException:
            failures.append(traceback.format_exc())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [], failures
    runs = client.search_runs([experiment], order_by=["metrics.loss ASC"])
    assert [run.data.metrics["loss"] for run in runs] == [number + 19 for number in range(8)]
    pages, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=3, page_token=token)
        pages += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    assert sorted(pages) == sorted(run.info.run_id for run in runs)


def main():
    print(f"MLflow {mlflow.__version__}", flush=True)
    os.chdir(tempfile.mkdtemp())
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print(f"ok {name}", flush=True)
        except BaseException:
            mlflow.end_run()
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


main()
