import json
import os
import sys
import tempfile
import unittest

from step_project import PACKAGE_HOME

sys.path.insert(0, PACKAGE_HOME)

import mlspec  # noqa: E402
from mlspec.canonical import canonical_json, number_text  # noqa: E402


class Canonical(unittest.TestCase):
    def test_example_of_rfc_8785(self):
        value = {
            "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000f\nA'B\"\\\\\"/",
            "literals": [None, True, False],
        }
        self.assertEqual(
            canonical_json(value),
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
        )

    def test_members_are_sorted_by_utf_16(self):
        keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        order = [json.loads(part)[0] for part in ["[" + canonical_json(k) + "]" for k in keys]]
        self.assertEqual(order, keys)
        text = canonical_json({key: 0 for key in keys})
        self.assertEqual(list(json.loads(text)), ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"])

    def test_numbers(self):
        for value, text in (
            (0.0, "0"),
            (-0.0, "0"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740993, "9007199254740992"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (0.000001, "0.000001"),
            (1e-7, "1e-7"),
            (-1.5, "-1.5"),
        ):
            self.assertEqual(number_text(value), text)

    def test_what_json_cannot_hold(self):
        for value in (float("nan"), float("inf"), {1: 2}, "\ud800", {1, 2}, 10**400):
            with self.assertRaises(mlspec.MlspecError) as caught:
                canonical_json(value)
            self.assertEqual(caught.exception.code, "ENCODING_NOT_JSON")


class Builder(unittest.TestCase):
    def test_document(self):
        spec = mlspec.Spec(
            name="flights", task={"kind": "binary", "label": "late", "threshold": 0.2}, training={"python": json.dumps}
        )
        self.assertEqual(
            spec.to_canonical_json(),
            '{"mlspec":1,"name":"flights","task":{"kind":"binary","label":"late","threshold":0.2},'
            '"training":{"python":"json:dumps"}}',
        )
        with tempfile.TemporaryDirectory() as folder:
            path = spec.save(os.path.join(folder, "mlspec.yaml"))
            with open(path, encoding="utf-8") as file:
                self.assertEqual(json.load(file), spec.to_dict())

    def test_uses(self):
        uses = {"license": {"model": "MIT", "data": "CC0-1.0"}, "intended_use": "by all", "limitations": ["none known"]}
        self.assertEqual(mlspec.Spec(name="x", task={"kind": "custom"}, **uses).to_dict(), {"mlspec": 1, "name": "x", "task": {"kind": "custom"}, **uses})

    def test_wrong_sections(self):
        with self.assertRaises(mlspec.MlspecError) as caught:
            mlspec.Spec(name="x", trainning={})
        self.assertEqual(caught.exception.code, "SPEC_UNKNOWN_SECTION")
        self.assertIn("Did you mean training?", caught.exception.message)
        with self.assertRaises(mlspec.MlspecError) as caught:
            mlspec.Spec(name="x", training={"python": lambda: None})
        self.assertEqual(caught.exception.code, "SPEC_LOCAL_FUNCTION")


if __name__ == "__main__":
    unittest.main()
