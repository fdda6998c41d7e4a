"""The package, and its tests, load with the standard library alone: what needs more is loaded where it is used."""

import os
import pathlib
import subprocess
import sys
import unittest

from step_project import PACKAGE_HOME

# Loaded by others only once a caller gives them what it needs.
NEEDS_MORE = {"mlspec.transform.array_kernels": "numpy"}
TESTS = os.path.dirname(os.path.abspath(__file__))
LOAD_ALL = """
import importlib, sys, unittest
sys.path[:0] = sys.argv[1:3]
for name in sys.argv[3:]:
    importlib.import_module(name)
    foreign = {name.split(".")[0] for name in sys.modules} & {"numpy", "pandas", "pyarrow", "polars", "sklearn", "pytest"}
    if foreign:
        sys.exit(f"{name} loads {foreign}")
"""


def modules_of_package():
    home = pathlib.Path(PACKAGE_HOME)
    paths = [path.relative_to(home).with_suffix("") for path in sorted(home.glob("mlspec/**/*.py"))]
    names = [".".join(path.parts[:-1] if path.name == "__init__" else path.parts) for path in paths]
    return [name for name in names if name not in NEEDS_MORE]


def load(*options, names):
    command = [sys.executable, "-I", *options, "-c", LOAD_ALL, PACKAGE_HOME, TESTS, *names]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr


class StandardLibraryAlone(unittest.TestCase):

    def test_every_module_loads_without_installed_packages(self):
        names = modules_of_package()
        self.assertIn("mlspec.transform.interpreter", names)
        self.assertEqual(load("-S", names=names), (0, ""))

    def test_every_module_loads_none_of_them_where_they_are_installed(self):
        self.assertEqual(load(names=modules_of_package()), (0, ""))

    def test_a_module_that_needs_more_is_named_here(self):
        for name, needed in NEEDS_MORE.items():
            self.assertIn(f"No module named '{needed}'", load("-S", names=[name])[1])

    def test_every_test_loads_without_installed_packages(self):
        names = sorted(path.stem for path in pathlib.Path(TESTS).glob("test_*.py"))
        self.assertGreater(len(names), 5)
        self.assertEqual(load("-S", names=names), (0, ""))


if __name__ == "__main__":
    unittest.main()
