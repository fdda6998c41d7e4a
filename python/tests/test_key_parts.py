"""Values of keys as programs have them. That the parts are those of a run is tested where runs divide datasets."""

import datetime
import importlib.util
import unittest
from decimal import Decimal

from mlspec import MlspecError, part_of_key

PARTS = {f"p{place:03}": 1 / 200 for place in range(200)}


def part(*key):
    return part_of_key(key, PARTS)


class Keys(unittest.TestCase):

    def test_one_value_is_a_key_of_one(self):
        self.assertEqual(part_of_key("a", PARTS), part("a"))

    def test_types_salt_and_missing_values_make_other_keys(self):
        keys = [(1,), (1.0,), ("1",), (True,), (None,), ("",), ("-",), (None, None), ("a", "bc"), ("ab", "c"), ("a;1:b",), ("a", "b")]
        self.assertGreater(len({part(*key) for key in keys}), len(keys) - 3)
        self.assertNotEqual([part_of_key(k, PARTS, salt="s") for k in range(9)], [part_of_key(k, PARTS) for k in range(9)])

    def test_equal_values_are_one_key(self):
        self.assertEqual(part(0.0), part(-0.0))
        self.assertEqual(part(float("nan")), part(-float("nan")))
        zone = datetime.timezone(datetime.timedelta(hours=2))
        noon = datetime.datetime(1969, 7, 20, 12, 0, 0, 5)
        self.assertEqual(part(noon), part(noon.replace(hour=14, tzinfo=zone)))
        self.assertNotEqual(part(noon), part(noon.date()))

    def test_order_and_names_of_parts_are_those_of_a_declaration(self):
        shares = {"debug": 0.1, "b": 0.2, "train": 0.3, "a": 0.4}
        backwards = dict(reversed(list(shares.items())))
        for key in range(50):
            self.assertEqual(part_of_key(key, shares), part_of_key(key, backwards))

    def test_what_is_no_key_is_refused(self):
        for value in [Decimal("1.5"), b"a", ["a"], "\ud800", object()]:
            with self.subTest(value=value), self.assertRaisesRegex(MlspecError, "expected") as caught:
                part_of_key((value,), PARTS)
            self.assertEqual(caught.exception.code, "KEY_VALUE_INVALID")
        with self.assertRaisesRegex(MlspecError, "add up to 1"):
            part_of_key("a", {"train": 0.5, "test": 0.4})

    @unittest.skipUnless(importlib.util.find_spec("numpy"), "NumPy is not installed")
    def test_scalars_of_numpy_are_plain_values(self):
        import numpy

        self.assertEqual(part(numpy.int8(5), numpy.float64(0.1), numpy.bool_(True), numpy.str_("é")), part(5, 0.1, True, "é"))
        self.assertEqual(part(numpy.datetime64("2001-02-03T04:05:06.123456789")), part(datetime.datetime(2001, 2, 3, 4, 5, 6, 123456)))
        with self.assertRaisesRegex(MlspecError, "float32"):
            part(numpy.float32(0.1))

    @unittest.skipUnless(importlib.util.find_spec("pandas"), "pandas is not installed")
    def test_missing_times_of_pandas_are_missing(self):
        import pandas

        self.assertEqual(part(pandas.NaT), part(None))
        moment = pandas.Timestamp("2001-02-03T04:05:06.123456")
        self.assertEqual(part(moment), part(moment.to_pydatetime()))


if __name__ == "__main__":
    unittest.main()
