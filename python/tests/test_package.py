"""Packages as Python loads them, and the prediction worker's frames."""

import json
import os

import numpy
import pandas
import pytest

from mlspec import Model
from mlspec.package_loader import decide
from mlspec.predict import Worker, frame_of, require_numbers
from mlspec.to_onnx import Unconvertible, convert

BINARY = {"classes": ["no", "yes"], "scores": ["score_no", "score_yes"], "positive": 1, "threshold": 0.25}


def scores(*rows):
    matrix = numpy.array(rows)
    return {f"score_{index}": matrix[:, index] for index in range(matrix.shape[1])}


def test_the_positive_class_is_predicted_from_the_threshold_on():
    answer = decide(scores([0.75, 0.25], [0.76, 0.24]), BINARY)
    assert list(answer["prediction"]) == ["yes", "no"]
    assert list(answer) == ["prediction", "score_no", "score_yes"]


def test_the_positive_class_may_stand_first():
    answer = decide(scores([0.25, 0.75], [0.24, 0.76]), {**BINARY, "positive": 0})
    assert list(answer["prediction"]) == ["no", "yes"]


def test_of_several_classes_the_first_of_the_highest_is_predicted():
    package = {"classes": [1, 2, 3], "scores": ["score_1", "score_2", "score_3"], "positive": None, "threshold": None}
    answer = decide(scores([0.4, 0.4, 0.2], [0.1, 0.2, 0.7]), package)
    assert answer["prediction"].tolist() == [1, 3]
    assert answer["prediction"].dtype.kind == "i"


def test_numbers_stay_numbers():
    package = {"classes": None, "scores": [], "positive": None, "threshold": None}
    assert list(decide({"prediction": numpy.array([1.5])}, package)["prediction"]) == [1.5]


def test_a_column_without_any_value_is_one_of_numbers():
    frame = frame_of({"a": [None, None], "b": [1, None], "c": ["x", None]})
    assert [str(kind)[:5] for kind in frame.dtypes[:2]] == ["float", "float"]
    assert frame["c"].isna().tolist() == [False, True]


def test_answers_that_are_no_numbers_are_named():
    with pytest.raises(ValueError, match="score_1 for row 1"):
        require_numbers({"score_1": numpy.array([0.5, numpy.nan])})
    require_numbers({"prediction": numpy.array(["a", "b"], dtype=object)})


def test_conversion_says_what_it_cannot_do(tmp_path):
    from sklearn.linear_model import LinearRegression

    table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
    path = str(tmp_path / "model")
    Model(path).save(LinearRegression().fit(table, table.a))
    assert Worker(path).features == ["a", "b"]
    assert convert(path, str(tmp_path / "model.onnx")) == {"converter": "skl2onnx", "input": "float32"}
    first = (tmp_path / "model.onnx").read_bytes()
    convert(path, str(tmp_path / "again.onnx"))
    assert (tmp_path / "again.onnx").read_bytes() == first
    nameless = str(tmp_path / "nameless")
    Model(nameless).save(LinearRegression().fit(table.to_numpy(), table.a))
    with pytest.raises(Unconvertible, match="input_example"):
        convert(nameless, os.devnull)


def test_the_worker_answers_lines(tmp_path):
    import subprocess
    import sys

    from sklearn.linear_model import LinearRegression

    table = pandas.DataFrame({"a": [1.0, 2.0, 3.0]})
    path = str(tmp_path / "model")
    Model(path).save(LinearRegression().fit(table, table.a * 2))
    requests = [{"id": 1, "op": "rows", "columns": {"a": [4.0]}}, {"id": 2, "op": "dance"}]
    answered = subprocess.run(
        [sys.executable, "-m", "mlspec.predict", path],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.path.join(os.path.dirname(__file__), "..")},
        check=True,
    )
    ready, first, second = [json.loads(line) for line in answered.stdout.splitlines()]
    assert ready["description"]["features"] == ["a"]
    assert first["columns"]["prediction"] == [pytest.approx(8.0)]
    assert "dance" in second["error"]


def test_a_model_that_names_no_columns_sees_no_label(tmp_path):
    from sklearn.linear_model import LinearRegression

    table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0], "label": [1.0, 2.0, 3.0]})
    table.to_parquet(tmp_path / "part.parquet")
    fitted = LinearRegression().fit(table[["a", "b"]].to_numpy(), table.label)
    request = {"op": "file", "input": str(tmp_path / "part.parquet"), "output": str(tmp_path / "answers.parquet")}
    Model(str(tmp_path / "silent")).save(fitted)
    with pytest.raises(ValueError, match="features="):
        Worker(str(tmp_path / "silent")).answer(request)
    Model(str(tmp_path / "named")).save(fitted, features=["a", "b"])
    assert Worker(str(tmp_path / "named")).answer(request) == {"rows": 3}
