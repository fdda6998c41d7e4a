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
        table = pandas.DataFrame({"x": x, "y": y, "__weight": self.weights})
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

    def test_without_weights_there_are_none(self):
        self.assertIsNone(self.table().sample_weight())
