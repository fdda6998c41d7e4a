import hashlib
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

from step_project import PACKAGE_HOME, StepTestCase, has

sys.path.insert(0, PACKAGE_HOME)

from mlspec import MlspecError, Model  # noqa: E402
from mlspec.mlmodel import dump_yaml, load_yaml  # noqa: E402

SAMPLE = {
    "flavors": {"sklearn": {"code": None, "v": "1.9.1", "list": ["a: b", "- x", 1, {"k": [1, {"z": True}]}]}},
    "empty": {},
    "none": [],
    "text": "line\none 'quoted' \"twice\" # no comment: ünï \U0001f600",
    "yes": "yes",
    "number-like": "1e3",
    "float": 1.5,
    "small": 1e-07,
}


class Yaml(unittest.TestCase):
    def test_round_trip(self):
        self.assertEqual(load_yaml(dump_yaml(SAMPLE)), SAMPLE)
        self.assertEqual(load_yaml(json.dumps(SAMPLE)), SAMPLE)

    @unittest.skipUnless(has("yaml"), "needs PyYAML")
    def test_reads_and_writes_what_pyyaml_does(self):
        import yaml

        self.assertEqual(yaml.safe_load(dump_yaml(SAMPLE)), SAMPLE)
        folded = {"signature": {"inputs": json.dumps([{"name": f"column {i}", "it's": ": #"} for i in range(30)])}, **SAMPLE}
        folded["long"] = "ünï \U0001f600 \t   spaces " * 20
        del folded["text"]
        self.assertEqual(load_yaml(yaml.safe_dump(folded)), folded)


def tree_digest(folder):
    state = hashlib.sha256()
    for parent, folders, files in sorted(os.walk(folder)):
        folders.sort()
        for name in sorted(files):
            with open(os.path.join(parent, name), "rb") as file:
                state.update(os.path.relpath(os.path.join(parent, name), folder).encode() + file.read())
    return state.hexdigest()


@unittest.skipUnless(has("pandas", "sklearn", "mlflow"), "needs pandas, scikit-learn and MLflow")
class Libraries(unittest.TestCase):
    def setUp(self):
        import pandas

        self.X = pandas.DataFrame({"a": [0.0, 1, 2, 3, 4, 5] * 8, "b": [1.5, 0.5, 1, 3, 2, 9] * 8})
        self.y = [0, 0, 0, 1, 1, 1] * 8
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def save(self, model, name="model", **options):
        saved = Model(os.path.join(self.folder, name))
        saved.save(model, input_example=self.X.head(3), **options)
        return saved

    def pyfunc(self, saved):
        import mlflow.pyfunc

        return mlflow.pyfunc.load_model(saved.path)

    def same(self, found, expected):
        import numpy

        numpy.testing.assert_allclose(numpy.asarray(found).ravel(), numpy.asarray(expected).ravel(), rtol=1e-6)

    def test_scikit_learn(self):
        import mlflow.sklearn
        import sklearn
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(self.X, self.y)
        saved = self.save(model)
        self.same(self.pyfunc(saved).predict(self.X), model.predict(self.X))
        self.same(mlflow.sklearn.load_model(saved.path).predict_proba(self.X), model.predict_proba(self.X))
        self.same(saved.load().predict_proba(self.X), model.predict_proba(self.X))
        document = saved.description()
        self.assertEqual(document["metadata"]["mlspec"], {"classes": [0, 1], "features": ["a", "b"]})
        self.assertEqual(saved.classes, [0, 1])
        inputs = json.loads(document["signature"]["inputs"])
        self.assertEqual([(one["name"], one["type"]) for one in inputs], [("a", "double"), ("b", "double")])
        with open(os.path.join(saved.path, "requirements.txt")) as file:
            lines = file.read().splitlines()
        self.assertIn(f"scikit-learn=={sklearn.__version__}", lines)
        self.assertTrue(all("==" in line for line in lines))
        self.assertFalse([line for line in lines if line.startswith(("mlflow", "mlspec", "polars", "torch"))])
        loaded = self.pyfunc(saved)
        self.assertEqual(loaded.metadata.get_input_schema().input_names(), ["a", "b"])
        self.assertEqual(loaded.metadata.load_input_example(saved.path).shape, (3, 2))

    def test_lightgbm(self):
        import lightgbm
        import mlflow.lightgbm

        model = lightgbm.LGBMClassifier(n_estimators=3, min_child_samples=2, verbose=-1).fit(self.X, self.y)
        saved = self.save(model)
        self.same(self.pyfunc(saved).predict(self.X), model.predict(self.X))
        self.same(mlflow.lightgbm.load_model(saved.path).predict_proba(self.X), model.predict_proba(self.X))
        booster = self.save(model.booster_, "booster", classes=[0, 1])
        self.same(self.pyfunc(booster).predict(self.X), model.booster_.predict(self.X))
        self.same(booster.load().predict(self.X), model.booster_.predict(self.X))

    def test_xgboost(self):
        import mlflow.xgboost
        import xgboost

        model = xgboost.XGBClassifier(n_estimators=3).fit(self.X, self.y)
        saved = self.save(model)
        self.same(self.pyfunc(saved).predict(self.X), model.predict(self.X))
        self.same(mlflow.xgboost.load_model(saved.path).predict_proba(self.X), model.predict_proba(self.X))
        self.same(saved.load().predict_proba(self.X), model.predict_proba(self.X))
        booster = self.save(model.get_booster(), "booster", classes=[0, 1])
        matrix = xgboost.DMatrix(self.X)
        self.same(booster.load().predict(matrix), model.get_booster().predict(matrix))

    def test_pytorch(self):
        import mlflow.pytorch
        import torch

        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2))
        saved = self.save(model, classes=["no", "yes"])
        self.assertTrue(model.training)
        model.eval()
        values = torch.as_tensor(self.X.to_numpy(), dtype=torch.float32)
        expected = model(values).detach().numpy()
        self.same(self.pyfunc(saved).predict(self.X.astype("float64")), expected)
        self.same(mlflow.pytorch.load_model(saved.path, weights_only=False)(values).detach().numpy(), expected)
        self.same(saved.load()(values).detach().numpy(), expected)
        self.assertEqual(json.loads(saved.description()["signature"]["outputs"])[0]["tensor-spec"]["shape"], [-1, 2])

    def test_equal_models_give_equal_bytes(self):
        import torch
        import xgboost
        from sklearn.ensemble import RandomForestClassifier

        makers = (
            lambda: RandomForestClassifier(n_estimators=3, random_state=1).fit(self.X, self.y),
            lambda: xgboost.XGBClassifier(n_estimators=2, random_state=1).fit(self.X, self.y),
            lambda: (torch.manual_seed(1), torch.nn.Linear(2, 1))[1],
        )
        for place, make in enumerate(makers):
            digests = {tree_digest(self.save(make(), f"{place}-{again}").path) for again in range(2)}
            self.assertEqual(len(digests), 1)

    def test_given_signature(self):
        import mlflow.models
        from sklearn.dummy import DummyClassifier

        model = DummyClassifier().fit(self.X, self.y)
        signature = mlflow.models.infer_signature(self.X, model.predict(self.X))
        saved = self.save(model, signature=signature, requirements=["scikit-learn"])
        self.assertEqual(self.pyfunc(saved).metadata.signature, signature)
        with self.assertRaises(MlspecError):
            self.save(model, "wrong", signature=3)

    def test_a_folder_that_mlflow_wrote(self):
        import mlflow.sklearn
        from sklearn.dummy import DummyClassifier

        model = DummyClassifier(strategy="constant", constant=1).fit(self.X, self.y)
        mlflow.sklearn.save_model(
            model,
            os.path.join(self.folder, "theirs"),
            serialization_format="cloudpickle",
            input_example=self.X.head(2),
            pip_requirements=[],
        )
        ours = Model(os.path.join(self.folder, "ours"))
        ours.save(os.path.join(self.folder, "theirs"))
        self.same(ours.load().predict(self.X), model.predict(self.X))


@unittest.skipUnless(has("pandas", "sklearn", "mlflow", "torch"), "needs pandas, scikit-learn, MLflow and PyTorch")
class OwnCode(StepTestCase):
    """Models whose classes the project defines are loaded elsewhere, where the project is not."""

    def predict_elsewhere(self, invocation):
        program = """
            import json, sys, pandas, mlflow.pyfunc
            model = mlflow.pyfunc.load_model(sys.argv[1])
            print(json.dumps([float(v) for v in pandas.DataFrame(model.predict(pandas.DataFrame({"a": [1.0, 2.0]}))).iloc[:, 0]]))
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), invocation["outputs"]["model"]["path"]],
            capture_output=True,
            text=True,
            cwd=self.root,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout.splitlines()[-1])

    def test_own_classes_of_each_kind(self):
        self.write("lib/__init__.py", "")
        self.write("lib/factor.py", "FACTOR = 10\n")
        self.write(
            "lib/parts.py",
            """
            from sklearn.base import BaseEstimator, RegressorMixin
            from lib.factor import FACTOR
            class Estimator(RegressorMixin, BaseEstimator):
                def fit(self, X, y): self.fitted_ = True; return self
                def predict(self, X): return X["a"].to_numpy() * FACTOR
            class Plain:
                def predict(self, data, params=None): return data["a"] * FACTOR + 1
            def function(data): return data["a"] * FACTOR + 3
            """,
        )
        self.write(
            "lib/nets.py",
            """
            import torch
            from lib.factor import FACTOR
            class Net(torch.nn.Module):
                def forward(self, x): return x * FACTOR + 2
            """,
        )
        self.write(
            "step.py",
            """
            from lib import parts
            from mlspec import Model, OutputArtifact
            class Here(parts.Plain):
                pass
            def estimator(model): model.save(parts.Estimator().fit(None, None))
            def plain(model): model.save(parts.Plain())
            def net(model):
                from lib import nets
                model.save(nets.Net())
            def function(model): model.save(parts.function)
            def here(model: OutputArtifact[Model]): return None if model.save(Here()) is None else {}
            def made(model):
                class Inside:
                    def predict(self, data): return data["a"]
                model.save(Inside())
            """,
        )
        for name, expected in (("estimator", [10, 20]), ("plain", [11, 21]), ("net", [12, 22]), ("function", [13, 23]), ("here", [11, 21])):
            with self.subTest(name):
                invocation = self.invocation(f"step.py:{name}", outputs={"model": "Model"})
                self.complete(invocation)
                self.assertEqual(self.predict_elsewhere(invocation), expected)
        invocation = self.invocation("step.py:made", outputs={"model": "Model"})
        self.complete(invocation)
        self.assertEqual(self.predict_elsewhere(invocation), [1, 2])

    def test_what_cannot_be_pickled_says_so(self):
        self.write("step.py", "import threading\ndef step(model): model.save(threading.Lock())\n")
        error = self.fail_with("COMPONENT_BAD_OUTPUT", self.invocation(outputs={"model": "Model"}))
        self.assertIn("cannot be pickled", error["message"])

    def test_an_input_cannot_be_written(self):
        self.write("step.py", "def step(model): model.save(3)\n")
        given = os.path.join(self.project, "given")
        os.makedirs(given)
        self.fail_with("COMPONENT_BAD_OUTPUT", self.invocation(inputs={"model": (given, "Model")}))

    def test_seeds_of_libraries_loaded_late(self):
        self.write(
            "step.py",
            """
            def step():
                import numpy, torch
                return {"n": float(numpy.random.rand()), "t": float(torch.rand(1))}
            """,
        )
        values = [self.complete(self.invocation())[0]["values"] for _ in range(2)]
        self.assertEqual(values[0], values[1])


if __name__ == "__main__":
    unittest.main()
