"""Logs a model with the client as it is installed, loads it back by its run and by its registered name. Prints JSON."""

import json
import os
import warnings

os.environ |= {"GIT_PYTHON_REFRESH": "quiet"}
warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.linear_model import LinearRegression  # noqa: E402

rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
model = LinearRegression().fit(rows, [1.0, 2.0, 3.0])
with mlflow.start_run():
    info = mlflow.sklearn.log_model(model, name="model", registered_model_name="in-a-bucket", pip_requirements=["scikit-learn"], serialization_format="cloudpickle")

expected = model.predict(rows)
logged = mlflow.sklearn.load_model(info.model_uri).predict(rows)
registered = mlflow.pyfunc.load_model(f"models:/in-a-bucket/{info.registered_model_version}").predict(rows)
print(json.dumps({"logged": bool((logged == expected).all()), "registered": bool((registered == expected).all())}))
