"""A project in a temporary folder, and steps of it carried out as the engine does: in a process of their own."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

PACKAGE_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class StepTestCase(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = os.path.realpath(self._folder.name)
        self.project = os.path.join(self.root, "project")
        os.makedirs(self.project)
        self.attempts = 0

    def write(self, path, text):
        target = os.path.join(self.project, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return target

    def invocation(self, function="step.py:step", inputs=None, outputs=None, **members):
        self.attempts += 1
        scratch = os.path.join(self.project, ".mlspec", "scratch", f"exe_{self.attempts}")
        for name in ("inputs", "outputs", "work", "logs"):
            os.makedirs(os.path.join(scratch, name), exist_ok=True)
        module, _, name = function.rpartition(":")
        endings = {"Dataset": ".parquet", "Predictions": ".parquet", "Model": "", "Package": "", "Any": ""}
        entry = lambda path, kind: {"path": path, "type": kind, "digest": "sha256:0", "properties": {}, "from": {"step": "s", "port": "p"}}
        return {
            "version": 1,
            "runId": "run_1",
            "executionId": f"exe_{self.attempts}",
            "step": "step",
            "attempt": 1,
            "component": {"kind": "python", "module": module, "function": name},
            "params": members.pop("params", {}),
            "inputs": {
                port: [entry(*one) for one in (value if isinstance(value, list) else [value])]
                for port, value in (inputs or {}).items()
            },
            "outputs": {
                port: {
                    "path": os.path.join(scratch, "outputs", port + endings.get(kind, ".json")),
                    "type": kind,
                    "optional": False,
                }
                for port, kind in (outputs or {}).items()
            },
            "environment": {"python": None, "digest": None},
            "projectRoot": self.project,
            "workDir": os.path.join(scratch, "work"),
            "seed": 7,
            "limits": {},
            "timeoutMs": None,
            "secretNames": [],
            "files": {},
            "eventsPath": os.path.join(scratch, "events.ndjson"),
            "resultPath": os.path.join(scratch, "result.json"),
            **members,
        }

    def start(self, invocation, env=None):
        path = os.path.join(os.path.dirname(invocation["resultPath"]), "invocation.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(invocation, file)
        return subprocess.Popen(
            [sys.executable, "-m", "mlspec.run", path],
            cwd=invocation["workDir"],
            env={
                **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
                "PYTHONPATH": PACKAGE_HOME,
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONHASHSEED": "0",
                "TMPDIR": invocation["workDir"],
                **(env or {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_step(self, invocation, env=None):
        """`(result, events, process)` of one step."""
        process = self.start(invocation, env)
        process.out, process.err = process.communicate(timeout=120)
        with open(invocation["resultPath"], encoding="utf-8") as file:
            result = json.load(file)
        events = []
        if os.path.exists(invocation["eventsPath"]):
            with open(invocation["eventsPath"], encoding="utf-8") as file:
                events = [json.loads(line) for line in file]
        return result, events, process

    def complete(self, invocation, env=None):
        result, events, process = self.run_step(invocation, env)
        self.assertEqual((result["status"], process.returncode), ("complete", 0), (result.get("error"), process.err))
        return result, events

    def fail_with(self, code, invocation, env=None):
        result, _events, process = self.run_step(invocation, env)
        self.assertEqual((result["status"], result.get("error", {}).get("code")), ("failed", code), result)
        self.assertNotEqual(process.returncode, 0)
        return result["error"]

    def code_of(self, result):
        files = {entry["path"] for entry in result["code"]["files"] if not entry["path"].startswith("program:")}
        return files, set(result["code"]["absent"])


def has(*modules):
    """Whether modules are installed. Where no test may be left out they count as there, and a test without them fails."""
    import importlib.util

    if os.environ.get("MLSPEC_TEST_ALL") == "1":
        return True
    return all(importlib.util.find_spec(module) is not None for module in modules)
