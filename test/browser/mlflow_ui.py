"""What a user logs with MLflow's own client before looking at it in the web interface (MLFLOW_TRACKING_URI)."""

import json
import struct
import tempfile
import warnings
import zlib
from pathlib import Path

warnings.filterwarnings("ignore")
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression

client = MlflowClient()


# What its script draws says that it ran; what it tries beyond that has to be refused.
REPORT = """<!doctype html><h1>Report of the week</h1><p id="drawn"></p><p id="tried"></p><p id="read"></p><script>
document.getElementById('drawn').textContent = 'drawn by a ' + 'script';
try { window.parent.document.title = 'taken'; } catch (error) { document.getElementById('tried').textContent = 'refused: ' + error.name; }
const server = new URL(location.href.slice('blob:'.length)).origin;
const create = { method: 'POST', mode: 'no-cors', body: JSON.stringify({ name: 'made by a report' }) };
fetch(server + '/api/2.0/mlflow/experiments/create', create).catch(() => null).then(() => fetch(server + '/version')).then(
  () => { document.getElementById('read').textContent = 'read the server'; },
  () => { document.getElementById('read').textContent = 'could not read'; },
);
</script>"""


def picture(path, width=48, height=32):
    """A PNG: a red field."""
    rows = b"".join(b"\0" + bytes([200, 30, 30]) * width for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    Path(path).write_bytes(content)


def artifacts():
    with tempfile.TemporaryDirectory() as folder:
        picture(f"{folder}/field.png")
        mlflow.log_artifact(f"{folder}/field.png", "pictures")
    mlflow.log_text("a plain sentence in a file", "notes.txt")
    mlflow.log_text("city,delay\nLisbon,12\nOslo,31\n", "delays.csv")
    mlflow.log_dict({"answer": {"of": "everything", "is": 42}}, "config.json")
    mlflow.log_text(REPORT, "report.html")
    mlflow.log_text("# A heading\n\nand *text*", "readme.md")


mlflow.set_experiment("flights")
data = pd.DataFrame({"hour": np.arange(60) % 24, "distance": np.arange(60) * 10.0})
label = (data["hour"] > 12).astype(int)
runs = []
for index, rate in enumerate([0.1, 0.01, 0.001]):
    with mlflow.start_run(run_name=f"try-{index}", tags={"team": "red" if index else "blue"}) as run:
        runs.append(run.info.run_id)
        mlflow.log_params({"rate": rate, "depth": index + 2})
        for step in range(30):
            mlflow.log_metric("loss", 1 / (step + 1 + index), step=step)
        mlflow.log_metrics({"accuracy": 0.7 + index / 10, "nothing": float("nan")})
        for step in range(5):
            mlflow.log_metric("system/cpu_utilization_percentage", 20 + step, step=step)
        mlflow.log_input(mlflow.data.from_pandas(data, name="july"), context="training")
        if index == 0:
            artifacts()
            model = LogisticRegression(C=rate).fit(data, label)
            mlflow.sklearn.log_model(
                model,
                name="classifier",
                registered_model_name="flights",
                input_example=data.head(2),
                serialization_format="cloudpickle",
                pip_requirements=["scikit-learn"],
            )
with mlflow.start_run(run_id=runs[1]), mlflow.start_run(run_name="child", nested=True):
    mlflow.log_metric("loss", 0.5)
client.set_registered_model_alias("flights", "champion", 1)
client.set_model_version_tag("flights", 1, "checked", "yes")
client.update_registered_model("flights", description="Says whether a flight is late.")
client.create_model_version("flights", f"runs:/{runs[0]}/notes.txt", run_id=runs[0])
mlflow.genai.register_prompt("greeting", "Say hello to {{name}}.")
experiment = client.get_experiment_by_name("flights").experiment_id
model_id = client.search_logged_models(experiment_ids=[experiment])[0].model_id
print(json.dumps({"experiment": experiment, "runs": runs, "model": model_id}))
