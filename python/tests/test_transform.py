"""The transformations' twin: committed vectors, data frames, odd inputs, errors."""

import datetime
import importlib.util
import json
import math
import pathlib
import sys
import unittest

from step_project import PACKAGE_HOME

sys.path.insert(0, PACKAGE_HOME)

from mlspec.transform import FittedTransform, TransformError  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "transform"


def load_checker():
    spec = importlib.util.spec_from_file_location("check_cases", GOLDEN / "check_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def node(op, kind, inputs=(), params=None, constants=None):
    return {"op": op, "type": kind, "inputs": list(inputs), "params": params or {}, "constants": constants or {}}


def document(inputs, nodes, features, prepared=()):
    return {
        "format": "mlspec.transform",
        "version": 1,
        "inputs": [{"name": name, "type": kind} for name, kind in inputs.items()],
        "prepared": list(prepared),
        "nodes": nodes,
        "features": [
            {
                "feature": name,
                "expression": "",
                "node": index,
                "sources": [],
                "columns": [{"name": column, "type": kind} for column, kind in columns.items()],
            }
            for name, (index, columns) in features.items()
        ],
        "outliers": [],
        "fit": {"rowCount": 1, "removedRowCount": 0},
    }


def example():
    return document(
        {"x": "float64", "t": "timestamp"},
        [
            node("input", "float64", params={"column": "x"}),
            node("standardize", "float64", [0], constants={"center": 1, "scale": 2, "count": 3}),
            node("input", "timestamp", params={"column": "t"}),
            node("hour", "int64", [2]),
        ],
        {"z": (1, {"z": "float64"}), "hour": (3, {"hour": "int64"})},
    )


class Vectors(unittest.TestCase):
    def test_the_committed_vectors_hold(self):
        checker = load_checker()
        compared = 0
        for case in json.loads((GOLDEN / "vectors.json").read_text(encoding="utf-8")):
            wrong, count = checker.differences(case)
            self.assertEqual(wrong, [], case["name"])
            compared += count
        self.assertGreater(compared, 2000)


class Inputs(unittest.TestCase):
    def test_moments_of_many_kinds(self):
        transform = FittedTransform(example())
        zone = datetime.timezone(datetime.timedelta(hours=2))
        moments = [
            "2001-01-06T06:30:00Z",
            978_762_600_000_000,
            datetime.datetime(2001, 1, 6, 6, 30),
            datetime.datetime(2001, 1, 6, 8, 30, tzinfo=zone),
        ]
        for moment in moments:
            self.assertEqual(transform.apply_rows([{"x": 3, "t": moment}]), [{"z": 1.0, "hour": 6}])
        self.assertEqual(transform.apply_rows([{"t": datetime.date(2001, 1, 6)}]), [{"z": None, "hour": 0}])

    def test_absent_values_and_empty_batches(self):
        transform = FittedTransform(example())
        self.assertEqual(transform.apply_rows([{}, {"x": None}]), [{"z": None, "hour": None}] * 2)
        self.assertEqual(transform.apply_rows([]), [])
        self.assertTrue(math.isnan(transform.apply_rows([{"x": math.nan}])[0]["z"]))

    def test_wrong_values_name_row_and_column(self):
        transform = FittedTransform(example())
        for value in ("1", [1], {}):
            with self.assertRaises(TransformError) as caught:
                transform.apply_rows([{"x": 1}, {"x": value}])
            self.assertEqual(caught.exception.code, "TRANSFORM_INPUT_TYPE")
            self.assertIn("row 1: x", caught.exception.message)
        with self.assertRaises(TransformError) as caught:
            transform.apply_columns({"t": [0]})
        self.assertEqual(caught.exception.code, "TRANSFORM_INPUT_MISSING")

    def test_wrong_documents_are_refused(self):
        for change in ({"format": "x"}, {"version": 2}, {"nodes": [node("shell", "int64")]}):
            with self.assertRaises(TransformError) as caught:
                FittedTransform({**example(), **change})
            self.assertEqual(caught.exception.code, "TRANSFORM_BAD_DOCUMENT")

    def test_a_data_frame(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        times = pandas.to_datetime(["2001-01-06T06:30:00", None] * 20)
        frame = pandas.DataFrame({"x": [3.0, math.nan] * 20, "t": times}, index=range(100, 140))
        out = FittedTransform(example()).apply_frame(frame)
        self.assertEqual(list(out.index), list(range(100, 140)))
        self.assertEqual(out["z"].tolist()[0], 1.0)
        self.assertTrue(math.isnan(out["z"].tolist()[1]) and math.isnan(out["hour"].tolist()[1]))
        whole = FittedTransform(example()).apply_frame(frame.iloc[::2])
        self.assertEqual(str(whole["hour"].dtype), "int64")
        one = FittedTransform(example()).apply_frame(frame.iloc[:1])
        self.assertEqual(one.to_dict("records"), [{"z": 1.0, "hour": 6}])

    def test_sql_needs_duckdb_and_works_with_it(self):
        prepared = [
            {
                "name": "__sql_0",
                "type": "float64",
                "sql": "x * 2 + day(t)",
                "columns": [{"name": "x", "type": "float64"}, {"name": "t", "type": "timestamp"}],
            }
        ]
        nodes = [node("input", "float64", params={"column": "__sql_0"})]
        transform = FittedTransform(document({}, nodes, {"f": (0, {"f": "float64"})}, prepared))
        rows = [{"x": 1.5, "t": "2001-01-06T06:30:00Z"}, {"x": None, "t": None}]
        if importlib.util.find_spec("duckdb") is None:
            with self.assertRaises(TransformError) as caught:
                transform.apply_rows(rows)
            self.assertEqual(caught.exception.code, "TRANSFORM_NEEDS_SQL")
        else:
            self.assertEqual(transform.apply_rows(rows), [{"f": 9.0}, {"f": None}])
        self.assertEqual(transform.apply_rows([{"__sql_0": 4}]), [{"f": 4.0}])


if __name__ == "__main__":
    unittest.main()
