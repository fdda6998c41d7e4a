import hashlib
import os
import signal
import subprocess
import sys

from step_project import StepTestCase


class CodeRecord(StepTestCase):
    def test_imports_reads_and_what_was_looked_for(self):
        self.write(
            "step.py",
            """
            import os, pathlib
            import helper
            from package import part
            try:
                import fast_path
            except ImportError:
                pass
            def step(out):
                with open("config.json") as file:
                    file.read()
                pathlib.Path("settings/local.toml").exists()
                os.path.exists("flag")
                pathlib.Path("there.txt").is_file()
                try:
                    open("override.json")
                except FileNotFoundError:
                    pass
                with open("made.txt", "w") as file:
                    file.write("x")
                open("made.txt").read()
                os.path.exists("never-made.txt") or open("never-made.txt", "w").close()
                out.write(open(__file__).read().count("x"))
                open("/etc/hostname").close() if os.path.exists("/etc/hostname") else None
            """,
        )
        self.write("helper.py", "VALUE = 1\n")
        self.write("unused.py", "VALUE = 1\n")
        self.write("package/__init__.py", "")
        self.write("package/part.py", "")
        self.write("config.json", "{}")
        self.write("there.txt", "there")
        result, _ = self.complete(self.invocation(outputs={"out": "Report"}))
        files, absent = self.code_of(result)
        self.assertEqual(
            files, {"step.py", "helper.py", "package/__init__.py", "package/part.py", "config.json", "there.txt"}
        )
        self.assertLessEqual(
            {"fast_path.py", "fast_path/__init__.py", "settings/local.toml", "flag", "override.json"}, absent
        )
        self.assertIn("helper/__init__.py", absent)
        self.assertFalse({"made.txt", "step.py"} & absent)
        digests = {entry["path"]: entry["digest"] for entry in result["code"]["files"]}
        with open(os.path.join(self.project, "helper.py"), "rb") as file:
            self.assertEqual(digests["helper.py"], "sha256:" + hashlib.sha256(file.read()).hexdigest())
        self.assertIn("program:python/mlspec/binding.py", digests)
        self.assertFalse(any(".mlspec" in path.split("/") for path in files | absent))

    def test_runs_the_source_that_it_records_and_not_old_bytecode(self):
        helper = self.write("helper.py", "VALUE = 'old'\n")
        self.write("step.py", "import helper\ndef step(): return {'v': helper.VALUE}\n")
        subprocess.run([sys.executable, "-m", "compileall", "-q", self.project], check=True)
        before = os.stat(helper)
        self.write("helper.py", "VALUE = 'new'\n")
        os.utime(helper, ns=(before.st_atime_ns, before.st_mtime_ns))
        result, _ = self.complete(self.invocation())
        self.assertEqual(result["values"], {"v": "new"})
        self.assertIn("helper.py", self.code_of(result)[0])

    def test_forked_children_end_when_they_are_asked_to(self):
        self.write(
            "step.py",
            """
            import multiprocessing, signal
            def usual(_):
                return signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            def step():
                with multiprocessing.get_context("fork").Pool(1) as pool:
                    return {"child": pool.map(usual, [0])[0], "parent": usual(0)}
            """,
        )
        self.assertEqual(self.complete(self.invocation())[0]["values"], {"child": True, "parent": False})

    def test_what_forked_children_read_is_recorded(self):
        self.write("read.txt", "x")
        self.write(
            "step.py",
            """
            import multiprocessing
            def read(name):
                with open(name) as file:
                    return file.read()
            def step():
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    return {"v": pool.map(read, ["read.txt"])}
            """,
        )
        self.assertIn("read.txt", self.code_of(self.complete(self.invocation())[0])[0])

    def test_a_failed_step_has_a_code_record_too(self):
        self.write("step.py", "import helper\ndef step(): raise ValueError('no')\n")
        self.write("helper.py", "")
        result, _events, _process = self.run_step(self.invocation())
        self.assertLessEqual({"step.py", "helper.py"}, self.code_of(result)[0])
