"""What notebooks show, parsed as a browser would: well formed, without scripts and styles, whatever names and values hold."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

from step_project import PACKAGE_HOME

sys.path.insert(0, PACKAGE_HOME)

import mlspec  # noqa: E402
from mlspec.comparison import Comparison  # noqa: E402
from mlspec.html_parts import curve, describe, table  # noqa: E402

PROGRAM = os.path.join(os.path.dirname(PACKAGE_HOME), "bin", "mlspec")
NODE = os.path.join(os.path.dirname(PACKAGE_HOME), "node_modules", "node", "bin", "node")
HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)></td></table>"
ALLOWED = {"b", "p", "code", "mark", "table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "title", "polyline"}
ATTRIBUTES = {"scope", "role", "width", "height", "viewbox", "points", "fill", "stroke", "stroke-width"}


class Page(HTMLParser):
    """The texts of a page by their element; fails where it is not well formed or holds more than it may."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.texts = [], []
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, f"<{tag}> stands in the page"
        assert {name for name, _ in attrs} <= ATTRIBUTES, f"{tag} has {attrs}"
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open}"
        self.open.pop()

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, tag):
        return [text for name, text in self.texts if name == tag]


class Hostile(unittest.TestCase):
    def test_tables_and_curves_show_names_as_they_are(self):
        page = Page(table(HOSTILE, [HOSTILE], [[HOSTILE, HOSTILE]]))
        self.assertEqual(page.of("caption") + page.of("td"), [HOSTILE, HOSTILE])
        self.assertIn(HOSTILE, Page(curve(HOSTILE, [(0, 1.0), (1, 2.0)])).of("title")[0])

    def test_a_comparison(self):
        rows = [
            {"group": group, "name": HOSTILE, "a": HOSTILE, "b": "", "isEqual": False}
            for group in ("parameters", "metrics", "verdicts", "data", "code", "environment", HOSTILE)
        ]
        page = Page(Comparison({"a": HOSTILE, "b": "run_b", "rows": rows})._repr_html_())
        self.assertEqual(page.of("mark"), [HOSTILE, "\u2013"] * len(rows))

    @unittest.skipUnless(os.path.exists(NODE), "needs Node")
    def test_a_recorded_run(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        environment = {**os.environ, "HOME": folder}
        environment.pop("MLFLOW_TRACKING_URI", None)
        command = [PROGRAM, "exec", "--name", HOSTILE, "--param", f"x={HOSTILE}", "--", sys.executable, "-c", "print(1)"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        run = mlspec.run("latest", project=folder)
        page = Page(run._repr_html_())
        self.assertEqual(page.of("b"), [HOSTILE])
        self.assertIn(HOSTILE, page.of("td"))
        self.assertIn(HOSTILE, Page(mlspec.list_runs(project=folder)._repr_html_()).of("td"))


class Curves(unittest.TestCase):
    def points(self, html):
        return [tuple(map(float, one.split(","))) for one in html.split('points="')[1].split('"')[0].split()]

    def test_the_ends_of_the_picture_are_the_ends_of_the_values(self):
        self.assertEqual(self.points(curve("x", [(0, 1.0), (5, 3.0), (10, 2.0)])), [(3, 37), (90, 3), (177, 20)])

    def test_what_has_no_value_is_left_out_and_told(self):
        nan, inf = float("nan"), float("inf")
        self.assertEqual(len(self.points(curve("x", [(0, 1.0), (1, nan), (2, inf), (3, 2.0)]))), 2)
        self.assertEqual(describe([(0, 1.0), (1, nan)]), "2 points, from 1 to 1, least 1, most 1, 1 without a value")
        self.assertEqual(describe([(0, nan)]), "1 points without a value")
        self.assertEqual(self.points(curve("x", [(0, nan)])), [])

    def test_one_point_equal_points_and_huge_ones_are_drawn(self):
        self.assertEqual(self.points(curve("x", [(7, 5.0)])), [(3, 20), (177, 20)])
        self.assertEqual(self.points(curve("x", [(0, 5.0), (1, 5.0)])), [(3, 20), (177, 20)])
        huge = self.points(curve("x", [(0, -1.7e308), (1, 1.7e308)]))
        self.assertTrue(all(0 <= x <= 180 and 0 <= y <= 40 for x, y in huge), huge)

    def test_many_points_become_few_and_keep_their_peaks(self):
        points = [(step, 0.0) for step in range(100_000)]
        points[54_321] = (54_321, 9.0)
        points[70_000] = (70_000, -9.0)
        drawn = self.points(curve("x", points))
        self.assertLess(len(drawn), 200)
        self.assertEqual((min(y for _, y in drawn), max(y for _, y in drawn)), (3, 37))


class Compared(unittest.TestCase):
    ROWS = [
        {"group": "metrics", "name": "accuracy", "a": "0.5", "b": "0.75", "isEqual": False},
        {"group": "metrics", "name": "recall", "a": "1", "b": "1", "isEqual": True},
        {"group": "environment", "name": "numpy", "a": "1.0", "b": "1.0", "isEqual": True},
        {"group": "environment", "name": "scipy", "a": "1.0", "b": "1.1b", "isEqual": False},
    ]

    def test_differences_are_marked_by_more_than_a_colour(self):
        compared = Comparison({"a": "run_aaaaaaaaaaaa", "b": "run_bbbbbbbbbbbb", "rows": self.ROWS})
        page = Page(compared._repr_html_())
        self.assertEqual(page.of("mark"), ["0.5", "0.75", "1.0", "1.1b"])
        self.assertIn("\u2260 +0.25", page.of("td"))
        self.assertEqual(page.of("caption"), ["metrics", "environment, 1 more are equal"])
        self.assertEqual(
            repr(compared).splitlines(),
            [
                "Comparison(run_aaaaaaaaaaaa, run_bbbbbbbbbbbb): 2 of 4 differ",
                "metrics  accuracy: 0.5 -> 0.75 +0.25",
                "environment  scipy: 1.0 -> 1.1b",
            ],
        )


if __name__ == "__main__":
    unittest.main()
