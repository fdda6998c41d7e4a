"""Trains a binary XGBoost model."""

from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter
from xgboost import XGBClassifier


def train(train: InputArtifact[Dataset], model: OutputArtifact[Model], trees: Parameter[int] = 80):
    features, damaged = train.features_and_label()
    estimator = XGBClassifier(n_estimators=trees, max_depth=4, learning_rate=0.1, random_state=0, n_jobs=1)
    estimator.fit(features, damaged.astype(int))
    model.save(estimator, features=list(features.columns), classes=[False, True])
