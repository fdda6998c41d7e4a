import json
import math
import os
import subprocess
import sys
import unittest
from typing import Iterator

from step_project import PACKAGE_HOME, StepTestCase, has

sys.path.insert(0, PACKAGE_HOME)

import mlspec  # noqa: E402
from mlspec.errors import MlspecError  # noqa: E402
from mlspec.table_code import mask_bytes, plain_value, table_argument  # noqa: E402


@unittest.skipUnless(has("pyarrow"), "pyarrow is not installed")
class Masks(unittest.TestCase):
    def setUp(self):
        import pyarrow

        self.arrow = pyarrow

    def test_arrow_and_lists(self):
        arrow = self.arrow
        wanted = bytes([1, 0, 2])
        for mask in (
            [True, False, None],
            (True, False, None),
            arrow.array([True, False, None]),
            arrow.chunked_array([[True], [False, None]]),
            arrow.chunked_array([[None, True, False, None]]).slice(1),
            arrow.array([None, True, False, None]).slice(1),
        ):
            self.assertEqual(mask_bytes(mask, None, 3), wanted)
        self.assertEqual(mask_bytes([None, None], None, 2), bytes([2, 2]))
        self.assertEqual(mask_bytes([], None, 0), b"")

    def test_numpy_and_pandas(self):
        numpy, pandas = __import__("numpy"), __import__("pandas")
        self.assertEqual(mask_bytes(numpy.array([True, False]), None, 2), bytes([1, 0]))
        frame = pandas.DataFrame({"x": [3.0, float("nan"), 1.0]})
        self.assertEqual(mask_bytes(frame.x > 2, frame, 3), bytes([1, 0, 0]))
        nullable = (frame.x > 2).astype("boolean").mask(frame.x.isna())
        self.assertEqual(mask_bytes(nullable, frame, 3), bytes([1, 2, 0]))
        self.assertEqual(mask_bytes(pandas.Series([True, None, False], dtype=object), frame, 3), bytes([1, 2, 0]))
        with self.assertRaisesRegex(MlspecError, "index of its Series"):
            mask_bytes(frame.sort_values("x").x > 2, frame, 3)
        with self.assertRaisesRegex(MlspecError, "each of the 3 rows of a batch, found 1"):
            mask_bytes(frame[frame.x > 2].x > 2, frame, 3)

    @unittest.skipUnless(has("polars"), "polars is not installed")
    def test_polars(self):
        polars = __import__("polars")
        self.assertEqual(mask_bytes(polars.Series([True, None, False]), None, 3), bytes([1, 2, 0]))

    def test_what_is_no_mask(self):
        for mask, says in (
            ([1, 0, 1], "expected truth values, found int64"),
            (["a", "b", "c"], "expected truth values, found string"),
            ([1.0, None, 0.0], "expected truth values, found double"),
            ([True], "3 rows of a batch, found 1"),
            (True, "found a bool"),
            (None, "found a NoneType"),
            ({"x": True}, "found a dict"),
            ([True, "a", None], "that is none"),
        ):
            with self.assertRaisesRegex(MlspecError, says):
                mask_bytes(mask, None, 3)


class Values(unittest.TestCase):
    def test_plain_values(self):
        for value, wanted in (
            (3, {"value": 3}),
            (True, {"value": True}),
            ("a", {"value": "a"}),
            (None, {"value": None}),
            (2**60 + 1, {"value": float(2**60)}),
            (math.nan, {"number": "NaN"}),
            (-math.inf, {"number": "-Infinity"}),
        ):
            self.assertEqual(plain_value(value), wanted)
        with self.assertRaisesRegex(MlspecError, "found a list"):
            plain_value([1])

    def test_numbers_of_libraries(self):
        if has("numpy"):
            numpy = __import__("numpy")
            self.assertEqual(plain_value(numpy.float64(1.5)), {"value": 1.5})
            self.assertEqual(plain_value(numpy.bool_(True)), {"value": True})
            self.assertEqual(plain_value(numpy.float64("nan")), {"number": "NaN"})
        if has("pyarrow"):
            self.assertEqual(plain_value(__import__("pyarrow").scalar(4)), {"value": 4})


class Arguments(unittest.TestCase):
    def test_annotations(self):
        def bare(rows): ...
        def text(rows: "pd.DataFrame"): ...  # noqa: F821
        def iterator(rows: "Iterator[pl.DataFrame]"): ...  # noqa: F821
        def more(rows, limit=3, **others): ...

        found = [(one.library, one.is_iterator) for one in map(table_argument, (bare, text, iterator, more))]
        self.assertEqual(
            found,
            [("pyarrow.Table", False), ("pandas.DataFrame", False), ("polars.DataFrame", True), ("pyarrow.Table", False)],
        )

    def test_what_is_refused(self):
        def none(): ...
        def two(rows, other): ...
        def named(*, rows): ...
        def wrong(rows: int): ...
        def items(rows: Iterator[int]): ...

        for function in (none, two, named):
            with self.assertRaisesRegex(MlspecError, "to take one argument"):
                table_argument(function)
        for function in (wrong, items):
            with self.assertRaisesRegex(MlspecError, "annotated with one of"):
                table_argument(function)

    def test_the_decorator(self):
        @mlspec.check
        def plain(rows): ...

        @mlspec.check(merge=max, final=abs)
        def merged(rows): ...

        self.assertIs(plain.merge, None)
        self.assertEqual((merged.merge, merged.final), (max, abs))
        with self.assertRaisesRegex(MlspecError, "has final, to have merge too"):
            mlspec.check(final=abs)(lambda rows: 1)
        with self.assertRaisesRegex(MlspecError, "to take one argument"):
            mlspec.check(lambda: 1)


@unittest.skipUnless(has("pyarrow"), "pyarrow is not installed")
class Calls(StepTestCase):
    def call(self, code, function="f", gives="mask", rows=3):
        import pyarrow
        import pyarrow.parquet

        self.write("checks.py", code)
        folder = os.path.join(self.root, "call")
        os.makedirs(folder, exist_ok=True)
        table = pyarrow.table({"x": list(range(rows)), "__place": list(range(1, rows + 1))})
        path = os.path.join(self.root, "rows.parquet")
        pyarrow.parquet.write_table(table, path)
        request = {
            "projectRoot": self.project,
            "code": {"kind": "python", "module": "checks.py", "function": function},
            "rows": path,
            "hidden": ["__place"],
            "gives": gives,
            "maskPath": os.path.join(folder, "mask"),
            "resultPath": os.path.join(folder, "result.json"),
        }
        document = os.path.join(folder, "request.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump(request, file)
        subprocess.run(
            [sys.executable, "-m", "mlspec.table_code", document],
            env={**os.environ, "PYTHONPATH": PACKAGE_HOME},
            cwd=folder,
            capture_output=True,
            check=False,
        )
        with open(request["resultPath"], encoding="utf-8") as file:
            return json.load(file), request["maskPath"]

    def test_a_mask_of_batches_without_the_place(self):
        result, mask = self.call(
            "def f(rows):\n    assert rows.column_names == ['x']\n    return [x % 2 == 0 for x in rows['x'].to_pylist()]\n",
            rows=70_000,
        )
        self.assertEqual(result["status"], "complete", result)
        with open(mask, "rb") as file:
            self.assertEqual(file.read(), bytes([1, 0]) * 35_000)
        self.assertIn("checks.py", [one["path"] for one in result["code"]["files"]])

    def test_values(self):
        code = """
            import mlspec
            from typing import Iterator
            import pyarrow as pa

            def whole(rows):
                return rows.num_rows

            def each(rows: Iterator[pa.Table]):
                return sum(1 for _ in rows)

            @mlspec.check(merge=lambda a, b: a + b, final=lambda sizes: max(sizes))
            def merged(rows):
                return [rows.num_rows]
        """
        for function, rows, wanted in (("whole", 70_000, 70_000), ("each", 70_000, 2), ("merged", 70_000, 65_536), ("merged", 0, None)):
            result, _ = self.call(code, function, "value", rows)
            self.assertEqual(result["values"], {"value": wanted}, result)

    def test_a_failure_is_told_with_the_code_that_was_loaded(self):
        result, _ = self.call("def f(rows):\n    raise KeyError('gone')\n")
        self.assertEqual((result["status"], result["error"]["message"]), ("failed", "KeyError: 'gone'"))
        self.assertIn("checks.py", [one["path"] for one in result["code"]["files"]])


if __name__ == "__main__":
    unittest.main()
