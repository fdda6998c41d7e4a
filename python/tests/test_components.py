import enum
import json
import os
import pathlib
import subprocess
import sys
import typing
import unittest
from typing import Any, Dict, List, Literal, Optional, Union

from step_project import PACKAGE_HOME, StepTestCase, has

sys.path.insert(0, PACKAGE_HOME)

from mlspec import (  # noqa: E402
    Dataset,
    InputArtifact,
    Metrics,
    MlspecError,
    Model,
    OutputArtifact,
    OutputDict,
    Parameter,
    Report,
    component,
)
from mlspec.describe import describe_function  # noqa: E402
from mlspec.parameters import convert_parameter  # noqa: E402


class Color(enum.Enum):
    RED = "red"


class Parameters(unittest.TestCase):
    def test_what_fits(self):
        for kind, value, expected in (
            (int, 3, 3),
            (int, 3.0, 3),
            (float, 3, 3.0),
            (str, "x", "x"),
            (bool, True, True),
            (List[int], [1, 2.0], [1, 2]),
            (list, [1, "a"], [1, "a"]),
            (typing.Tuple[int, ...], [1, 2], (1, 2)),
            (typing.Tuple[int, str], [1, "a"], (1, "a")),
            (Dict[str, float], {"a": 1}, {"a": 1.0}),
            (Optional[int], None, None),
            (Optional[int], 4, 4),
            (Union[float, int], 3, 3),
            (Union[int, str], "a", "a"),
            (Literal["a", 1], "a", "a"),
            (Color, "red", Color.RED),
            (pathlib.Path, "a/b", pathlib.Path("a/b")),
            (Any, {"x": [1]}, {"x": [1]}),
            ("int | None", 5, 5),
        ):
            found = convert_parameter("p", value, kind, "f")
            self.assertEqual((found, type(found)), (expected, type(expected)), kind)

    def test_what_does_not_fit_says_what_was_expected(self):
        for kind, value, words in (
            (int, "3", "expected a whole number, found the text '3'"),
            (int, 3.5, "expected a whole number, found a number 3.5"),
            (int, True, "expected a whole number, found true or false True"),
            (float, "0.1", "expected a number"),
            (bool, 1, "expected true or false"),
            (str, 1, "expected a text"),
            (List[int], [1, "b"], "expected a whole number at 1"),
            (Dict[str, int], {"k": "v"}, "expected a whole number at k"),
            (Literal["a", "b"], "c", "expected one of 'a', 'b'"),
            (Color, "blue", "expected one of 'red'"),
            (int, None, "found nothing (null)"),
            (Optional[int], "x", "expected a whole number or null"),
            (typing.Tuple[int, str], [1], "expected a list of 2"),
        ):
            with self.assertRaises(MlspecError) as caught:
                convert_parameter("trees", value, kind, "train")
            self.assertEqual(caught.exception.code, "COMPONENT_BAD_PARAMETER")
            self.assertIn(words, caught.exception.message)
            self.assertIn("parameter trees of train", caught.exception.message)


class Signatures(unittest.TestCase):
    def test_a_component_stays_a_plain_function(self):
        @component
        def double(x: Parameter[int] = 2) -> OutputDict(y=int):
            return {"y": 2 * x}

        @component(name="other")
        def named(x: Parameter[int]):
            return x

        self.assertEqual(double(), {"y": 4})
        self.assertEqual(double(x=5), {"y": 10})
        self.assertEqual(named(1), 1)

    def test_description(self):
        @component
        def train(
            train: InputArtifact[Dataset],
            parts: InputArtifact[List[Dataset]],
            hint: Optional[InputArtifact[Report]],
            model: OutputArtifact[Model],
            trees: Parameter[int] = 100,
            plain: float = 0.5,
            table: "pd.DataFrame" = None,
            **rest,
        ) -> OutputDict(accuracy=float):
            """Trains."""

        self.assertEqual(
            describe_function(train),
            {
                "name": "train",
                "doc": "Trains.",
                "inputs": {
                    "train": {"type": "Dataset", "required": True},
                    "parts": {"type": "Dataset", "required": True, "many": True},
                    "hint": {"type": "Report", "required": False},
                },
                "outputs": {"model": {"type": "Model", "required": True}},
                "parameters": {"trees": {"type": "integer", "required": False, "default": 100}},
                "open": {
                    "plain": {"type": "number", "required": False, "default": 0.5},
                    "table": {"type": "Dataset", "required": False, "default": None},
                },
                "values": {"accuracy": "number"},
                "variadic": True,
            },
        )

    def test_a_signature_that_no_step_can_call_is_refused_at_once(self):
        with self.assertRaises(MlspecError) as caught:

            @component
            def bad(*parts):
                pass

        self.assertEqual(caught.exception.code, "COMPONENT_BAD_SIGNATURE")

    def test_command_line(self):
        def describe(reference, folder):
            done = subprocess.run(
                [sys.executable, "-m", "mlspec.describe", reference],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": PACKAGE_HOME},
                capture_output=True,
                text=True,
            )
            return done.returncode, json.loads(done.stdout)

        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "step.py").write_text(
                "from __future__ import annotations\nprint('noise')\n"
                "from mlspec import Dataset, OutputArtifact, OutputDict, Report\n"
                "def f(rows: list[Dataset], out: OutputArtifact[Report], n: int = 3) -> OutputDict(x=float): ...\n"
            )
            code, described = describe("step.py:f", folder)
            self.assertEqual(code, 0)
            self.assertEqual(described["open"]["rows"], {"type": "Dataset", "required": True, "many": True})
            self.assertEqual(described["outputs"], {"out": {"type": "Report", "required": True}})
            self.assertEqual(described["values"], {"x": "number"})
            code, described = describe("step.py:g", folder)
            self.assertEqual((code, described["error"]["code"]), (1, "COMPONENT_NOT_FOUND"))


class Binding(StepTestCase):
    def test_wrong_wiring_is_named(self):
        self.write(
            "step.py",
            """
            from typing import Optional
            from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter, Report
            def missing_input(rows: InputArtifact[Dataset]): pass
            def missing_output(out: OutputArtifact[Report]): pass
            def missing_parameter(trees: Parameter[int]): pass
            def wrong_type(rows: Model): pass
            def wrong_number(rows: Dataset): pass
            def optional(rows: Optional[InputArtifact[Dataset]], n: Optional[int], seed: int): return {"ok": rows is None}
            def takes(tree: int): pass
            def library(out: OutputArtifact["pandas.DataFrame"]): pass
            """,
        )
        data = self.write("x.parquet", "")
        given = {"rows": (data, "Dataset")}
        for function, code, words, members in (
            ("missing_input", "COMPONENT_MISSING_PORT", "Did you mean row?", {"inputs": {"row": (data, "Dataset")}}),
            ("missing_output", "COMPONENT_MISSING_PORT", "no output port out", {}),
            ("missing_parameter", "COMPONENT_BAD_PARAMETER", "no parameter trees", {}),
            ("wrong_type", "COMPONENT_MISSING_PORT", "takes a Model, the step gives a Dataset", {"inputs": given}),
            ("wrong_number", "COMPONENT_MISSING_PORT", "has 2 artifacts", {"inputs": {"rows": [given["rows"]] * 2}}),
            ("takes", "COMPONENT_BAD_PARAMETER", "takes no parameter trees. Did you mean tree?", {"params": {"trees": 1}}),
            ("library", "COMPONENT_BAD_SIGNATURE", "OutputArtifact[Dataset]", {"outputs": {"out": "Dataset"}}),
        ):
            error = self.fail_with(code, self.invocation(f"step:{function}", **members))
            self.assertIn(words, error["message"] + (error.get("hint") or ""))
        result, _ = self.complete(self.invocation("step:optional", params={"n": None}))
        self.assertEqual(result["values"], {"ok": True})

    def test_returned_values_go_to_outputs(self):
        self.write(
            "step.py",
            """
            from mlspec import OutputDict, Report
            def one(): return {"a": 1}
            def several(): return {"first": {"x": 1}, "second": [1, 2], "n": 3}
            def skipped(): return {"first": None, "second": 1}
            def promised() -> OutputDict(accuracy=float): return {"acuracy": 1.0}
            def typed() -> OutputDict(accuracy=float): return {"accuracy": "high"}
            def nothing() -> OutputDict(accuracy=float): pass
            def lost(): return object()
            def input_written(rows: Report): rows.write(1)
            """,
        )
        def read(invocation, port):
            with open(invocation["outputs"][port]["path"]) as file:
                return json.load(file)

        invocation = self.invocation("step:one", outputs={"report": "Report"})
        result, _ = self.complete(invocation)
        self.assertEqual((read(invocation, "report"), result["values"]), ({"a": 1}, {}))
        invocation = self.invocation("step:several", outputs={"first": "Report", "second": "Metrics"})
        result, _ = self.complete(invocation)
        self.assertEqual((read(invocation, "first"), read(invocation, "second")), ({"x": 1}, [1, 2]))
        self.assertEqual(result["values"], {"n": 3})
        result, _ = self.complete(self.invocation("step:skipped", outputs={"first": "Report", "second": "Report"}))
        self.assertEqual(result["outputs"]["first"], {"properties": {}, "skipped": True})
        for name in ("promised", "typed", "nothing", "lost"):
            self.fail_with("COMPONENT_BAD_OUTPUT", self.invocation(f"step:{name}"))
        data = self.write("r.json", "{}")
        self.fail_with("COMPONENT_BAD_OUTPUT", self.invocation("step:input_written", {"rows": (data, "Report")}))


@unittest.skipUnless(has("pandas", "polars", "pyarrow"), "needs pandas, polars and pyarrow")
class Tables(StepTestCase):
    def test_tables_arrive_as_annotated_and_leave_from_any_library(self):
        import pyarrow
        import pyarrow.parquet

        path = os.path.join(self.project, "in.parquet")
        pyarrow.parquet.write_table(pyarrow.table({"x": [1, 2, None], "s": ["a", None, "c"]}), path)
        self.write(
            "step.py",
            """
            from __future__ import annotations
            from typing import TYPE_CHECKING
            import pandas as pd
            import polars, pyarrow
            from mlspec import Dataset, InputArtifact, OutputArtifact
            if TYPE_CHECKING:
                import pandas

            def step(a: InputArtifact[pd.DataFrame], b: InputArtifact[polars.DataFrame], c: pyarrow.Table, d: Dataset,
                     e: str, f: "pandas.DataFrame", g: list[Dataset], h: polars.LazyFrame, out: OutputArtifact[Dataset]):
                assert type(a) is pd.DataFrame and type(f) is pd.DataFrame, type(f)
                assert isinstance(b, polars.DataFrame) and isinstance(h, polars.LazyFrame)
                assert isinstance(c, pyarrow.Table) and d.digest == "sha256:0"
                assert e.endswith(".parquet") and len(g) == 2
                assert len(d.to_pandas(["x"]).columns) == 1 and d.to_polars().shape == (3, 2) == d.to_arrow().shape
                out.write(a.set_index("s"))
                return {"from_polars": b, "from_lazy": h, "from_arrow": c, "rows": [{"x": 1}], "columns": {"x": [1]}}
            """,
        )
        entry = (path, "Dataset")
        names = "abcdefh"
        outputs = {name: "Dataset" for name in ("out", "from_polars", "from_lazy", "from_arrow", "rows", "columns")}
        invocation = self.invocation(inputs={**{name: entry for name in names}, "g": [entry, entry]}, outputs=outputs)
        self.complete(invocation)
        for port, columns in (("out", ["s", "x"]), ("from_polars", ["x", "s"]), ("from_arrow", ["x", "s"]), ("rows", ["x"])):
            with self.subTest(port):
                table = pyarrow.parquet.ParquetFile(invocation["outputs"][port]["path"]).read()
                self.assertEqual(table.column_names, columns)

    def test_equal_tables_give_equal_bytes(self):
        import pandas
        import tempfile

        frame = pandas.DataFrame({"x": [1.5, None], "t": pandas.to_datetime(["2024-01-01", None]), "c": ["a", "b"]})
        with tempfile.TemporaryDirectory() as folder:
            contents = [
                pathlib.Path(Dataset(os.path.join(folder, f"{i}.parquet")).write(frame.copy()).path).read_bytes()
                for i in range(2)
            ]
        self.assertEqual(contents[0], contents[1])

    def test_reports(self):
        import numpy
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            report = Metrics(os.path.join(folder, "m.json"))
            report.write({"b": numpy.float64(1.5), "a": numpy.arange(3), "n": float("nan"), "f": numpy.bool_(True)})
            self.assertEqual(report.read(), {"a": [0, 1, 2], "b": 1.5, "n": None, "f": True})
            report.log("c", 2)
            self.assertEqual(report["c"], 2)
            with self.assertRaises(MlspecError):
                report.write({"x": object()})


class MissingLibraries(StepTestCase):
    def test_a_missing_library_is_named(self):
        self.write("step.py", "import sys\nsys.modules['polars'] = None\ndef step(rows): rows.to_polars()\n")
        data = self.write("x.parquet", "")
        error = self.fail_with("COMPONENT_PACKAGE_MISSING", self.invocation(inputs={"rows": (data, "Dataset")}))
        self.assertIn("polars", error["message"])
        self.assertIn("requirements.txt", error["hint"])


if __name__ == "__main__":
    unittest.main()
