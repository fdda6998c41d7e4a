"""Packages as Python loads them, and the prediction worker's frames."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from step_project import PACKAGE_HOME, has

sys.path.insert(0, PACKAGE_HOME)

from mlspec import Model  # noqa: E402
from mlspec.package_loader import decide  # noqa: E402
from mlspec.predict import Worker, frame_of, require_numbers  # noqa: E402
from mlspec.to_onnx import Unconvertible, convert  # noqa: E402

BINARY = {"classes": ["no", "yes"], "scores": ["score_no", "score_yes"], "positive": 1, "threshold": 0.25}


def scores(*rows):
    return {f"score_{index}": list(column) for index, column in enumerate(zip(*rows))}


@unittest.skipUnless(has("numpy"), "needs NumPy")
class Decisions(unittest.TestCase):
    def test_the_positive_class_is_predicted_from_the_threshold_on(self):
        answer = decide(scores([0.75, 0.25], [0.76, 0.24]), BINARY)
        self.assertEqual(list(answer["prediction"]), ["yes", "no"])
        self.assertEqual(list(answer), ["prediction", "score_no", "score_yes"])

    def test_the_positive_class_may_stand_first(self):
        answer = decide(scores([0.25, 0.75], [0.24, 0.76]), {**BINARY, "positive": 0})
        self.assertEqual(list(answer["prediction"]), ["no", "yes"])

    def test_of_several_classes_the_first_of_the_highest_is_predicted(self):
        package = {"classes": [1, 2, 3], "scores": ["score_1", "score_2", "score_3"], "positive": None, "threshold": None}
        answer = decide(scores([0.4, 0.4, 0.2], [0.1, 0.2, 0.7]), package)
        self.assertEqual(answer["prediction"].tolist(), [1, 3])
        self.assertEqual(answer["prediction"].dtype.kind, "i")

    def test_numbers_stay_numbers(self):
        package = {"classes": None, "scores": [], "positive": None, "threshold": None}
        self.assertEqual(list(decide({"prediction": [1.5]}, package)["prediction"]), [1.5])

    def test_answers_that_are_no_numbers_are_named(self):
        import numpy

        with self.assertRaisesRegex(ValueError, "score_1 for row 1"):
            require_numbers({"score_1": numpy.array([0.5, numpy.nan])})
        require_numbers({"prediction": numpy.array(["a", "b"], dtype=object)})


@unittest.skipUnless(has("pandas"), "needs pandas")
class Frames(unittest.TestCase):
    def test_a_column_without_any_value_is_one_of_numbers(self):
        frame = frame_of({"a": [None, None], "b": [1, None], "c": ["x", None]})
        self.assertEqual([str(kind)[:5] for kind in frame.dtypes[:2]], ["float", "float"])
        self.assertEqual(frame["c"].isna().tolist(), [False, True])


class Models(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    @unittest.skipUnless(has("pandas", "sklearn", "skl2onnx"), "needs pandas, scikit-learn and skl2onnx")
    def test_conversion_says_what_it_cannot_do(self):
        import pandas
        from sklearn.linear_model import LinearRegression

        table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
        path = self.path("model")
        Model(path).save(LinearRegression().fit(table, table.a))
        self.assertEqual(Worker(path).features, ["a", "b"])
        self.assertEqual(convert(path, self.path("model.onnx")), {"converter": "skl2onnx", "input": "float32"})
        convert(path, self.path("again.onnx"))
        with open(self.path("model.onnx"), "rb") as first, open(self.path("again.onnx"), "rb") as again:
            self.assertEqual(first.read(), again.read())
        nameless = self.path("nameless")
        Model(nameless).save(LinearRegression().fit(table.to_numpy(), table.a))
        with self.assertRaisesRegex(Unconvertible, "input_example"):
            convert(nameless, os.devnull)

    @unittest.skipUnless(has("pandas", "sklearn"), "needs pandas and scikit-learn")
    def test_the_worker_answers_lines(self):
        import pandas
        from sklearn.linear_model import LinearRegression

        table = pandas.DataFrame({"a": [1.0, 2.0, 3.0]})
        path = self.path("model")
        Model(path).save(LinearRegression().fit(table, table.a * 2))
        requests = [{"id": 1, "op": "rows", "columns": {"a": [4.0]}}, {"id": 2, "op": "dance"}]
        answered = subprocess.run(
            [sys.executable, "-m", "mlspec.predict", path],
            input="".join(json.dumps(request) + "\n" for request in requests),
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": PACKAGE_HOME},
            check=True,
        )
        ready, first, second = [json.loads(line) for line in answered.stdout.splitlines()]
        self.assertEqual(ready["description"]["features"], ["a"])
        self.assertEqual(len(first["columns"]["prediction"]), 1)
        self.assertAlmostEqual(first["columns"]["prediction"][0], 8.0)
        self.assertIn("dance", second["error"])

    @unittest.skipUnless(has("pandas", "pyarrow", "sklearn"), "needs pandas, PyArrow and scikit-learn")
    def test_a_model_that_names_no_columns_sees_no_label(self):
        import pandas
        from sklearn.linear_model import LinearRegression

        table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0], "label": [1.0, 2.0, 3.0]})
        table.to_parquet(self.path("part.parquet"))
        fitted = LinearRegression().fit(table[["a", "b"]].to_numpy(), table.label)
        request = {"op": "file", "input": self.path("part.parquet"), "output": self.path("answers.parquet")}
        Model(self.path("silent")).save(fitted)
        with self.assertRaisesRegex(ValueError, "features="):
            Worker(self.path("silent")).answer(request)
        Model(self.path("named")).save(fitted, features=["a", "b"])
        self.assertEqual(Worker(self.path("named")).answer(request), {"rows": 3})


if __name__ == "__main__":
    unittest.main()
