"""Recorded runs read from Python, through the real program: a project of one command and one Python step."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

from step_project import PACKAGE_HOME, has

sys.path.insert(0, PACKAGE_HOME)

import mlspec  # noqa: E402

PROGRAM = os.path.join(os.path.dirname(PACKAGE_HOME), "bin", "mlspec")
NODE = os.path.join(os.path.dirname(PACKAGE_HOME), "node_modules", "node", "bin", "node")


@unittest.skipUnless(os.path.exists(NODE) and has("pandas", "pyarrow", "sklearn"), "needs Node, pandas and scikit-learn")
class Notebook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        files = {
            "data.csv": "id,x,y\n" + "".join(f"{i},{i % 7},{int(i % 7 > 3)}\n" for i in range(300)),
            "train.py": """
                from sklearn.linear_model import LogisticRegression
                from mlspec import Dataset, Model, OutputArtifact, log_artifact, log_metric

                def train(train: Dataset, model: OutputArtifact[Model], c: float):
                    X, y = train.features_and_label()
                    for step in range(3):
                        log_metric("loss", 2.0**-step, step=step)
                    model.save(LogisticRegression(C=c).fit(X, y), input_example=X.head())
                    import tempfile
                    with tempfile.NamedTemporaryFile("w") as file:
                        file.write("fitted")
                        file.flush()
                        log_artifact(file.name, "notes/fit.txt")
                    return {"rows": len(X)}
            """,
            "mlspec.yaml": """
                mlspec: 1
                name: small
                task: {kind: binary, label: y, key: [id]}
                ingestion: {sources: {data: {csv: data.csv}}}
                splitting: {by: hash, parts: {train: 70%, validation: 30%}}
                transformation: {x: standardize(x)}
                training: {python: "train.py:train", params: {c: 2}}
                objectives:
                  baselines: {trivial: majority}
                  require: {better: {that: "new.accuracy - trivial.accuracy > 0", gate: measured}}
            """,
        }
        for name, text in files.items():
            with open(os.path.join(cls.folder, name), "w") as file:
                file.write(textwrap.dedent(text).lstrip("\n"))
        environment = {"MLSPEC_PYTHON": sys.executable, "XDG_CACHE_HOME": os.path.join(cls.folder, "cache")}
        cls.addClassCleanup(os.environ.update, {name: os.environ.get(name, "") for name in environment})
        os.environ.update(environment)
        done = subprocess.run([PROGRAM, "run"], cwd=cls.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def test_metrics_tables_model_and_values(self):
        run = mlspec.run("latest", project=self.folder)
        self.assertEqual(run.state, "COMPLETE")
        self.assertGreater(run.metrics["accuracy"], 0.9)
        self.assertIn("transformation.train", run.tables)
        table = run.table("transformation.train").to_pandas()
        self.assertEqual(run["training"].values["rows"], len(table))
        self.assertEqual(run["training"].params, {"c": 2})
        self.assertEqual(run.model.load().C, 2.0)
        self.assertEqual(run.model.classes, [0, 1])
        self.assertEqual(run["training"].files, ["notes/fit.txt"])
        self.assertNotIn("artifacts/notes/fit.txt", run["training"].outputs)
        with open(run["training"].file("notes/fit.txt")) as file:
            self.assertEqual(file.read(), "fitted")
        self.assertEqual(run.name, "small")
        self.assertEqual(repr(run), f"Run(small, COMPLETE, {run.id})")

    def test_a_notebook_shows_name_state_objectives_and_metrics_beside_baselines(self):
        run = mlspec.run("latest", project=self.folder)
        html = run._repr_html_()
        self.assertTrue(html.startswith("<b>small</b> COMPLETE "), html[:80])
        self.assertIn(run.id, html)
        self.assertIn('<th scope="row">better</th><td>met</td><td>new.accuracy - trivial.accuracy &gt; 0</td>', html)
        self.assertIn("<caption>metrics on validation</caption>", html)
        measured = run.evaluation["metrics"]["accuracy"]
        self.assertIn(f'<th scope="row">accuracy</th><td>{measured["value"]:.4g} [{measured["interval"]["low"]:.4g}, ', html)
        self.assertIn('<th scope="row">training</th><td>COMPLETE</td><td>model</td><td>transformation.train, ', html)
        self.assertNotIn("<script", html)
        self.assertNotIn("style", html)

    def test_curves_params_and_runs_in_a_list(self):
        run = mlspec.run("latest", project=self.folder)
        self.assertEqual(run.curves["training/loss"], [(0, 1.0), (1, 0.5), (2, 0.25)])
        html = run._repr_html_()
        self.assertIn("<title>training/loss: 3 points, from 1 to 0.25, least 0.25, most 1</title>", html)
        self.assertIn('<th scope="row">training.c</th><td>2</td>', html)
        runs = mlspec.list_runs(5, project=self.folder)
        self.assertEqual([one.id for one in runs], [run.id])
        self.assertIn(f'<th scope="row">{run.id}</th><td>small</td><td>run</td><td>COMPLETE</td>', runs._repr_html_())
        self.assertTrue(repr(runs).startswith(f"{run.id}  small  run  COMPLETE  "), repr(runs))
        self.assertEqual(mlspec.compare("latest", run.id, project=self.folder).differences, [])

    def test_what_is_not_there_is_named(self):
        run = mlspec.run("latest", project=self.folder)
        with self.assertRaisesRegex(KeyError, "Did you mean training"):
            run["trainng"]
        with self.assertRaisesRegex(KeyError, "no output modle"):
            run["training"]["modle"]
        with self.assertRaisesRegex(KeyError, "kept no notes/fat.txt. Did you mean notes/fit.txt"):
            run["training"].file("notes/fat.txt")
        with self.assertRaises(TypeError):
            run.table("training.model")
        with self.assertRaises(mlspec.MlspecError) as caught:
            mlspec.run("run_nothing", project=self.folder)
        self.assertEqual(caught.exception.code, "METADATA_RUN_UNKNOWN")


class Program(unittest.TestCase):
    def test_a_program_that_is_not_there_or_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(FileNotFoundError):
                mlspec.run(project=folder, program=os.path.join(folder, "none"))
            failing = os.path.join(folder, "failing")
            with open(failing, "w") as file:
                file.write("#!/bin/sh\necho broken >&2\nexit 9\n")
            os.chmod(failing, 0o755)
            with self.assertRaises(mlspec.MlspecError) as caught:
                mlspec.run(project=folder, program=failing)
            self.assertEqual((caught.exception.code, caught.exception.message), ("PROGRAM_FAILED", "broken"))
            copied = os.path.join(folder, "mlspec")
            shutil.copytree(os.path.join(PACKAGE_HOME, "mlspec"), copied, ignore=shutil.ignore_patterns("__pycache__"))
            ask = "import mlspec\ntry:\n    mlspec.run()\nexcept mlspec.MlspecError as error:\n    print(error.code)"
            done = subprocess.run(
                [sys.executable, "-c", ask], cwd=folder, env={"PYTHONPATH": folder, "PATH": folder}, capture_output=True, text=True
            )
            self.assertEqual(done.stdout.strip(), "PROGRAM_NOT_FOUND")


if __name__ == "__main__":
    unittest.main()
