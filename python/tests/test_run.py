import json
import os
import signal
import subprocess
import sys
import time
import unittest

from step_project import PACKAGE_HOME, StepTestCase


class CarryOut(StepTestCase):
    def test_component_of_the_founding_notes(self):
        self.write(
            "validate.py",
            """
            import json, os
            from mlspec import component, InputArtifact, Model, OutputArtifact, OutputDict, Parameter

            def evaluate_model(model):
                with open(os.path.join(model.uri, "accuracy.json")) as file:
                    return json.load(file)

            def write_output_blessing(blessing):
                with open(os.path.join(blessing.uri, "BLESSED"), "w"):
                    pass

            @component
            def MuValidationComponent(
                model: InputArtifact[Model],
                blessing: OutputArtifact[Model],
                accuracy_threshold: Parameter[int] = 10,
            ) -> OutputDict(accuracy=float):
                '''My simple custom model validation component.'''
                accuracy = evaluate_model(model)
                if accuracy >= accuracy_threshold:
                    write_output_blessing(blessing)
                return {
                    'accuracy': accuracy
                }
            """,
        )
        for accuracy, blessed in ((12.5, True), (3, False)):
            self.write("given/accuracy.json", json.dumps(accuracy))
            given = os.path.join(self.project, "given")
            invocation = self.invocation(
                "validate:MuValidationComponent", {"model": (given, "Model")}, {"blessing": "Model"}
            )
            result, _ = self.complete(invocation)
            self.assertEqual(result["values"], {"accuracy": float(accuracy)})
            self.assertEqual("blessing" in result["outputs"], blessed)
            self.assertEqual(os.path.exists(invocation["outputs"]["blessing"]["path"]), blessed)

    def test_plain_function_named_like_its_ports(self):
        self.write(
            "step.py",
            """
            def step(rows, report, factor: float, mode="plain", seed=None):
                report.write({"path": rows.path, "factor": factor, "mode": mode, "type": type(rows).__name__})
            """,
        )
        data = self.write("data.json", "{}")
        invocation = self.invocation(inputs={"rows": (data, "Schema")}, outputs={"report": "Report"}, params={"factor": 2})
        self.complete(invocation)
        with open(invocation["outputs"]["report"]["path"]) as file:
            self.assertEqual(json.load(file), {"path": data, "factor": 2.0, "mode": "plain", "type": "Schema"})

    def test_events_values_and_usage(self):
        self.write(
            "step.py",
            """
            import mlspec
            def step(out):
                for i in range(3):
                    mlspec.log_metric("loss", 1 / (i + 1), step=i)
                mlspec.log_metric("bad", float("nan"))
                mlspec.log_param("chosen", {"a": [1, 2]})
                mlspec.log("hello", level="warn", rows=3)
                for i in range(1000):
                    mlspec.progress(i + 1, total=1000, unit="rows")
                out.properties["rows"] = 3
                out.write([1])
                mlspec.log_artifact(out.path, "kept/out.json")
                return {"best": 0.5, "many": (1, 2)}
            """,
        )
        invocation = self.invocation(outputs={"out": "Report"})
        result, events = self.complete(invocation)
        metrics = [(event["name"], event["step"], event["value"]) for event in events if event["type"] == "metric"]
        self.assertEqual(metrics, [("loss", 0, 1.0), ("loss", 1, 0.5), ("loss", 2, 1 / 3)])
        self.assertEqual([event["level"] for event in events if event["type"] == "log"], ["warn", "warn"])
        self.assertEqual([event["value"] for event in events if event["type"] == "param"], [{"a": [1, 2]}])
        progress = [event for event in events if event["type"] == "progress"]
        self.assertLess(len(progress), 10)
        self.assertEqual(progress[-1]["done"], 1000)
        self.assertTrue(all(isinstance(event["atMs"], int) for event in events))
        self.assertEqual(result["values"], {"best": 0.5, "many": [1, 2]})
        self.assertEqual(result["outputs"], {"out": {"properties": {"rows": 3}}})
        self.assertEqual(result["artifacts"], ["kept/out.json"])
        kept = os.path.join(os.path.dirname(invocation["resultPath"]), "artifacts", "kept", "out.json")
        with open(kept) as file:
            self.assertEqual(json.load(file), [1])
        self.assertGreater(result["usage"]["peakMemoryBytes"], 1 << 20)
        self.assertGreater(result["usage"]["cpuSeconds"], 0)

    def test_kept_files(self):
        self.write(
            "step.py",
            """
            import os, mlspec
            def step():
                os.makedirs("plots/inner")
                open("plots/old.txt", "w").close()
                mlspec.log_artifact("plots/")
                os.remove("plots/old.txt")
                open("plots/new.txt", "w").close()
                mlspec.log_artifact("plots/new.txt", "plots/added.txt")
                mlspec.log_artifact("plots")
                os.chdir("plots")
                mlspec.log_artifact(".", "again")
                refused = []
                for name in ("", ".", "..", "../x", "a/../../x", "/x", "a//b", "a/", "x-secret-y", "a" + chr(0)):
                    try:
                        mlspec.log_artifact("new.txt", name)
                    except ValueError:
                        refused.append(name)
                return {"refused": len(refused)}
            """,
        )
        invocation = self.invocation(secretNames=["TOKEN"])
        result, _ = self.complete(invocation, env={"TOKEN": "secret"})
        self.assertEqual(result["artifacts"], ["plots", "again"])
        self.assertEqual(result["values"], {"refused": 10})
        kept = os.path.join(os.path.dirname(invocation["resultPath"]), "artifacts")
        self.assertEqual(sorted(os.listdir(os.path.join(kept, "plots"))), ["inner", "new.txt"])

    def test_seeds(self):
        self.write(
            "step.py",
            """
            import random
            at_import = random.random()
            def step(seed):
                return {"value": random.random(), "at_import": at_import, "seed": seed}
            """,
        )
        first, _ = self.complete(self.invocation())
        second, _ = self.complete(self.invocation())
        other, _ = self.complete(self.invocation(seed=8))
        self.assertEqual(first["values"], second["values"])
        self.assertEqual(first["values"]["seed"], 7)
        self.assertNotEqual(first["values"]["value"], other["values"]["value"])

    def test_failure_has_a_traceback_of_the_users_code(self):
        self.write(
            "step.py",
            """
            import json
            def inner(text):
                return json.loads(text)
            def step():
                try:
                    inner("{")
                except ValueError as error:
                    raise RuntimeError("cannot read") from error
            """,
        )
        error = self.fail_with("PIPELINE_STEP_FAILED", self.invocation())
        self.assertEqual(error["message"], "RuntimeError: cannot read")
        trace = error["traceback"]
        self.assertIn('File "step.py", line 7, in step', trace)
        self.assertIn("json.decoder.JSONDecodeError", trace)
        self.assertNotIn("binding.py", trace)
        self.assertNotIn("runpy", trace)
        self.assertFalse(error["retryable"])

    def test_an_error_of_syntax_names_its_place(self):
        self.write("step.py", "import helper\n")
        self.write("helper.py", "x = 1\ndef\n")
        error = self.fail_with("PIPELINE_STEP_FAILED", self.invocation())
        self.assertRegex(error["message"], r"^SyntaxError: .* \(helper.py, line 2\)$")
        self.assertNotIn(self.project, error["traceback"])

    def test_retryable_and_exits(self):
        self.write(
            "step.py",
            """
            import sys, mlspec
            def retry(): raise mlspec.RetryableError("busy")
            def done(): sys.exit(0)
            def bad(): sys.exit(3)
            def later(): sys.exit(75)
            async def wait():
                import asyncio
                await asyncio.sleep(0)
                return {"x": 1}
            """,
        )
        _result, _events, process = self.run_step(self.invocation("step.py:retry"))
        self.assertEqual(process.returncode, 75)
        self.assertTrue(self.fail_with("PIPELINE_STEP_FAILED", self.invocation("step:later"))["retryable"])
        self.assertFalse(self.fail_with("PIPELINE_STEP_FAILED", self.invocation("step:bad"))["retryable"])
        self.complete(self.invocation("step:done"))
        self.assertEqual(self.complete(self.invocation("step:wait"))[0]["values"], {"x": 1})

    def test_a_thread_that_never_ends_does_not_hold_the_process(self):
        self.write(
            "step.py",
            "import threading, time\ndef step():\n    threading.Thread(target=lambda: time.sleep(600)).start()\n",
        )
        started = time.monotonic()
        self.complete(self.invocation())
        self.assertLess(time.monotonic() - started, 30)

    def test_a_forked_child_writes_no_result(self):
        self.write(
            "step.py",
            """
            import os
            def step():
                pid = os.fork()
                if pid == 0:
                    raise RuntimeError("in the child")
                os.waitpid(pid, 0)
                return {"who": "parent"}
            """,
        )
        self.assertEqual(self.complete(self.invocation())[0]["values"], {"who": "parent"})

    def test_sigterm_runs_finally_and_reports_cancellation(self):
        self.write(
            "step.py",
            """
            import pathlib, time
            def step(out):
                pathlib.Path("started").touch()
                try:
                    time.sleep(600)
                finally:
                    pathlib.Path("cleaned").touch()
            """,
        )
        invocation = self.invocation(outputs={"out": "Report"})
        process = self.start(invocation)
        while not os.path.exists(os.path.join(self.project, "started")):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        with open(invocation["resultPath"]) as file:
            self.assertEqual(json.load(file)["error"]["code"], "CANCELED")
        self.assertTrue(os.path.exists(os.path.join(self.project, "cleaned")))


class References(StepTestCase):
    def test_errors_say_what_is_there(self):
        self.write("step.py", "def train(): pass\nvalue = 3\n")
        self.write("broken.py", "import not_installed_anywhere\ndef f(): pass\n")
        error = self.fail_with("COMPONENT_NOT_FOUND", self.invocation("step.py:trian"))
        self.assertIn("Did you mean train?", error["message"])
        self.assertIn("there is no file stepp.py", self.fail_with("COMPONENT_NOT_FOUND", self.invocation("stepp.py:f"))["message"])
        self.assertIn("there is no module nope", self.fail_with("COMPONENT_NOT_FOUND", self.invocation("nope:f"))["message"])
        self.assertIn("not a function", self.fail_with("COMPONENT_NOT_FOUND", self.invocation("step:value"))["message"])
        for reference in ("broken.py:f", "broken:f"):
            error = self.fail_with("COMPONENT_PACKAGE_MISSING", self.invocation(reference))
            self.assertIn("not_installed_anywhere", error["message"])

    def test_files_in_folders_packages_and_with_the_names_of_others(self):
        self.write("steps/helper.py", "value = 'beside'\n")
        self.write("steps/one.py", "import helper\ndef f(): return {'v': helper.value}\n")
        self.write("pkg/__init__.py", "")
        self.write("pkg/sub/__init__.py", "")
        self.write("pkg/tool.py", "value = 'relative'\n")
        self.write("pkg/sub/two.py", "from ..tool import value\ndef f(): return {'v': value}\n")
        self.write("json.py", "def f(): return {'v': 'own json'}\n")
        self.write("01-first.py", "def f(): return {'v': 'odd name'}\n")
        for reference, expected in (
            ("steps/one.py:f", "beside"),
            ("pkg/sub/two.py:f", "relative"),
            ("pkg.sub.two:f", "relative"),
            ("json.py:f", "own json"),
            ("01-first.py:f", "odd name"),
        ):
            result, _ = self.complete(self.invocation(reference))
            self.assertEqual(result["values"], {"v": expected})
            if reference.endswith("py:f"):
                self.assertIn(reference[:-2], self.code_of(result)[0])

    def test_a_project_file_named_like_this_package_does_not_replace_it(self):
        self.write("mlspec.py", "raise RuntimeError('shadowed')\n")
        self.write("step.py", "def step(): return {'v': 1}\n")
        self.complete(self.invocation())


class Secrets(StepTestCase):
    def test_a_declared_secret_reaches_the_step_and_no_document(self):
        self.write(
            "step.py",
            """
            import mlspec, os
            def good():
                value = mlspec.secret("TOKEN")
                mlspec.log(f"token {value}", extra=value)
                assert os.environ["TOKEN"] == value
                return {"length": len(value), "leak": value}
            def bad():
                raise ValueError(f"refused {mlspec.secret('TOKEN')}")
            def other():
                mlspec.secret("OTHER")
            """,
        )
        env = {"TOKEN": "s3cr3t-of-27", "OTHER": "x"}
        for name in ("good", "bad"):
            invocation = self.invocation(f"step:{name}", secretNames=["TOKEN"])
            result, events, _ = self.run_step(invocation, env)
            for path in (invocation["resultPath"], invocation["eventsPath"]):
                with open(path) as file:
                    self.assertNotIn("s3cr3t", file.read())
            if name == "good":
                self.assertEqual(result["values"], {"length": 12, "leak": "[secret]"})
        for common in ("a", "e", "1", "status", "complete", "type", "log"):
            invocation = self.invocation("step:good", secretNames=["TOKEN"])
            result, events, _ = self.run_step(invocation, {"TOKEN": common})
            self.assertEqual(result["status"], "complete")
            self.assertIn("[secret]", result["values"].values())
            self.assertTrue(all(file["digest"].startswith("sha256:") for file in result["code"]["files"]))
            self.assertEqual([event["type"] for event in events if event["type"] != "heartbeat"], ["log"])
        self.fail_with("COMPONENT_SECRET_UNDECLARED", self.invocation("step:other", secretNames=["TOKEN"]), env)
        self.fail_with("PIPELINE_SECRET_MISSING", self.invocation("step:good", secretNames=["TOKEN"]))


class Start(unittest.TestCase):
    def test_importing_loads_nothing_heavy(self):
        program = "import mlspec, sys; from mlspec import component, Dataset, Model; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": PACKAGE_HOME}, capture_output=True, check=True)
        loaded = set(done.stdout.decode().split())
        self.assertEqual(loaded & {"numpy", "pandas", "polars", "pyarrow", "sklearn", "torch", "asyncio", "http.client", "ssl"}, set())
        self.assertLess(len(loaded), 250)

    def test_usage(self):
        done = subprocess.run([sys.executable, "-m", "mlspec.run"], cwd=PACKAGE_HOME, capture_output=True)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
