"""Notebooks with `%load_ext mlspec`, carried out by a kernel of Jupyter's and compared with the record."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import urllib.error
import urllib.request

from step_project import PACKAGE_HOME, has
from test_notebook_html import NODE, PROGRAM, Page

sys.path.insert(0, PACKAGE_HOME)

import mlspec  # noqa: E402

DECLARATION = """
    mlspec: 1
    name: noted
    task: {kind: regression, label: y}
    ingestion: {sources: {d: {csv: d.csv}}}
    steps:
      work: {python: "work.py:work", params: {size: 5}}
"""
WORK = """
    from mlspec import log_metric

    def work(size: int):
        for step in range(size):
            log_metric("loss", 1 / (step + 1), step=step)
"""


def environment(folder):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
    return {**kept, **quiet, "HOME": os.path.dirname(folder), "PYTHONPATH": PACKAGE_HOME, "MLSPEC_PROGRAM": PROGRAM, "MLSPEC_PYTHON": sys.executable}


def new_project(test):
    home = tempfile.mkdtemp()
    test.addCleanup(shutil.rmtree, home, ignore_errors=True)
    # Beside the keys, which no project may hold.
    folder = os.path.join(home, "project")
    os.mkdir(folder)
    for name, text in {"mlspec.yaml": DECLARATION, "work.py": WORK}.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(textwrap.dedent(text).lstrip("\n"))
    return folder


def answers(uri):
    try:
        with urllib.request.urlopen(f"{uri}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@unittest.skipUnless(os.path.exists(NODE) and has("nbclient", "ipykernel", "mlflow"), "needs Node, Jupyter's client and kernel, and MLflow's client")
class Notebooks(unittest.TestCase):
    def carry_out(self, folder, *cells):
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": folder}})
        client.execute(env=environment(folder))
        return [cell.outputs for cell in notebook.cells]

    def text(self, outputs):
        return "".join(one.text for one in outputs if one.output_type == "stream")

    def html(self, outputs):
        shown = [one.data["text/html"] for one in outputs if one.output_type in ("execute_result", "display_data")]
        self.assertEqual(len(shown), 1, outputs)
        return Page(shown[0])

    def test_a_notebook_from_the_first_run_to_a_comparison(self):
        folder = new_project(self)
        loaded, ran, again, runs, compared, where, logged, recorded, failed, unknown = self.carry_out(
            folder,
            "%load_ext mlspec",
            "%mlspec run --until steps",
            "r = %mlspec run --until steps --force\nr.curves['work/loss'][-1]",
            "%mlspec runs 5",
            "%mlspec compare",
            "%mlspec tracking",
            "import mlflow\nwith mlflow.start_run(run_name='by hand'):\n    mlflow.log_metric('x', 0.5)\n"
            "found = mlflow.search_runs(output_format='list')\n"
            "print(sorted(run.data.metrics.get('work/loss', run.data.metrics.get('x')) for run in found))",
            "%%mlspec exec --name fitted\nprint('from the cell')",
            "%%mlspec exec\nraise ValueError('wrong')",
            "%mlspec shwo",
        )
        self.assertRegex(self.text(loaded), r"^MLflow logs to http://127\.0\.0\.1:\d+, the tracker of this project, experiment noted")
        newest = [run for run in mlspec.list_runs(project=folder) if run.name == "noted"]
        self.assertEqual(len(newest), 2, self.text(ran))
        page = self.html(ran)
        self.assertEqual(page.of("code"), [newest[1].id])
        self.assertEqual(page.of("title"), ["work/loss: 5 points, from 1 to 0.2, least 0.2, most 1"])
        self.assertIn("work.size", page.of("th"))
        self.assertNotIn("Warning", self.text(ran))
        self.assertEqual(again[-1].data["text/plain"], "(4, 0.2)")
        self.assertEqual([text for text in self.html(runs).of("th") if text.startswith("run_")], [run.id for run in newest])
        self.assertEqual(self.html(compared).of("code"), [newest[1].id, newest[0].id])
        self.assertEqual(self.text(where), self.text(loaded))
        # The run by hand, and both of the declaration once each: the tracker is no other server to them.
        self.assertIn("[0.2, 0.2, 0.5]", self.text(logged))
        self.assertIn("from the cell", self.text(recorded))
        self.assertEqual(self.html(recorded).of("b"), ["fitted"])
        self.assertIn("ValueError: wrong", self.text(failed))
        error = next(one for one in failed if one.output_type == "error")
        self.assertEqual((error.ename, error.traceback), ("CommandFailed", ["mlspec exec ended with code 1"]))
        self.assertRegex(self.text(unknown), "unknown command 'shwo'")
        uri = self.text(loaded).split()[3].rstrip(",")
        self.assertFalse(answers(uri), "the tracker outlived the kernel")


@unittest.skipUnless(os.path.exists(NODE), "needs Node")
class Injected(unittest.TestCase):
    START = "from mlspec.tracking import Injection\nimport time\ninjection = Injection()\nprint(injection.uri, flush=True)\n"

    def test_the_tracker_ends_with_a_process_that_is_killed(self):
        folder = new_project(self)
        process = subprocess.Popen(
            [sys.executable, "-c", f"{self.START}time.sleep(300)"], cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
        )
        with process:
            uri = process.stdout.readline().strip()
            self.assertTrue(answers(uri), uri)
            process.send_signal(signal.SIGKILL)
            process.wait()
        for _ in range(200):
            if not answers(uri):
                return
            time.sleep(0.1)
        self.fail(f"{uri} still answers")

    def test_variables_are_put_back_and_one_that_is_set_is_left(self):
        folder = new_project(self)
        told = "import os\nprint(os.environ.get('MLFLOW_TRACKING_URI'), os.environ.get('MLFLOW_EXPERIMENT_NAME'))\n"
        script = f"{self.START}{told}print('MLFLOW_TRACKING_URI' in injection.environment())\ninjection.close()\n{told}"
        done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment(folder), capture_output=True, text=True)
        uri, *rest = done.stdout.splitlines()
        self.assertEqual(rest, [f"{uri} noted", "False", "None None"], done.stderr)
        elsewhere = {**environment(folder), "MLFLOW_TRACKING_URI": "https://ada:secret@tracker.example.org"}
        script = f"{self.START}print(injection.told)\ninjection.close()"
        done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=elsewhere, capture_output=True, text=True)
        self.assertEqual(
            done.stdout.splitlines()[1], "MLflow logs to https://tracker.example.org, as MLFLOW_TRACKING_URI says", done.stderr
        )

    def test_a_server_that_cannot_start_says_why(self):
        folder = new_project(self)
        nowhere = {**environment(folder), "MLSPEC_METADATA_URL": "postgres://127.0.0.1:9/none"}
        done = subprocess.run([sys.executable, "-c", self.START], cwd=folder, env=nowhere, capture_output=True, text=True)
        self.assertRegex(done.stderr, r"MlspecError: error\[DATABASE_UNREACHABLE\] .*127\.0\.0\.1:9")


if __name__ == "__main__":
    unittest.main()
