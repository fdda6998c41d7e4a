"""Trains a scikit-learn regression."""

from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter
from sklearn.ensemble import GradientBoostingRegressor


def train(train: InputArtifact[Dataset], model: OutputArtifact[Model], trees: Parameter[int] = 100):
    features, miles_per_gallon = train.features_and_label()
    estimator = GradientBoostingRegressor(n_estimators=trees, random_state=0)
    model.save(estimator.fit(features, miles_per_gallon))
