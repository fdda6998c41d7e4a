import os
import sys
import tempfile
import unittest

from step_project import PACKAGE_HOME, has

sys.path.insert(0, PACKAGE_HOME)

from mlspec import Dataset  # noqa: E402


@unittest.skipUnless(has("pandas", "pyarrow", "sklearn", "xgboost"), "needs pandas, pyarrow, scikit-learn and XGBoost")
class SampleWeight(unittest.TestCase):
    """Libraries take the weights of a table as they are."""

    def setUp(self):
        import numpy
        import pandas

        generator = numpy.random.default_rng(3)
        x = generator.normal(size=300)
        y = (x + generator.normal(size=300) > 1.3).astype(int)
        counts = numpy.bincount(y)
        self.weights = (300 / (2 * counts))[y]
        self.counts = generator.integers(1, 5, size=300)
        table = pandas.DataFrame({"x": x, "y": y, "__weight": self.weights, "__count": self.counts.astype(float)})
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "train.parquet")
        table.to_parquet(self.path)

    def tearDown(self):
        self.folder.cleanup()

    def table(self, **properties):
        return Dataset(self.path, properties={"features": ["x"], "label": "y", **properties})

    def test_balanced_in_scikit_learn(self):
        from sklearn.linear_model import LogisticRegression

        train = self.table(weight="__weight")
        features, label = train.features_and_label()
        weighted = LogisticRegression().fit(features, label, sample_weight=train.sample_weight())
        balanced = LogisticRegression(class_weight="balanced").fit(features, label)
        self.assertAlmostEqual(weighted.coef_[0][0], balanced.coef_[0][0], 6)
        self.assertAlmostEqual(weighted.intercept_[0], balanced.intercept_[0], 6)

    def test_xgboost_counts_rows_by_their_weight(self):
        from xgboost import XGBClassifier

        train = self.table(weight="__weight")
        features, label = train.features_and_label()
        plain = XGBClassifier(n_estimators=5).fit(features, label).predict_proba(features)[:, 1].mean()
        weighted = XGBClassifier(n_estimators=5).fit(features, label, sample_weight=train.sample_weight())
        self.assertGreater(weighted.predict_proba(features)[:, 1].mean(), plain + 0.1)

    def assert_as_repeated(self, make):
        """A model of rows that count n times is that of n equal rows each, and not that of the rows once."""
        import numpy

        train = self.table(weight="__count")
        features, label = train.features_and_label()
        repeated = features.loc[features.index.repeat(self.counts)], label.loc[label.index.repeat(self.counts)]

        def answers(x, y, **weights):
            return make().fit(x, y, **weights).predict_proba(features)[:, 1]

        weighted = answers(features, label, sample_weight=train.sample_weight())
        numpy.testing.assert_allclose(weighted, answers(*repeated), rtol=0, atol=1e-5)
        self.assertGreater(abs(weighted - answers(features, label)).max(), 1e-3)

    def test_xgboost_takes_a_weight_as_so_many_rows(self):
        from xgboost import XGBClassifier

        self.assert_as_repeated(lambda: XGBClassifier(n_estimators=5, max_depth=3, tree_method="exact", base_score=0.5))

    @unittest.skipUnless(has("lightgbm"), "needs LightGBM")
    def test_lightgbm_takes_a_weight_as_so_many_rows(self):
        from lightgbm import LGBMClassifier

        # Every value has a bin of its own, and no leaf is refused for its number of rows, which weights leave as it is.
        each = {"max_bin": 1000, "min_data_in_bin": 1, "min_child_samples": 0}
        self.assert_as_repeated(
            lambda: LGBMClassifier(n_estimators=5, num_leaves=6, deterministic=True, verbose=-1, **each)
        )

    def test_without_weights_there_are_none(self):
        self.assertIsNone(self.table().sample_weight())
