"""Trains a multi-class LightGBM model."""

from lightgbm import LGBMClassifier
from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter


def train(
    train: InputArtifact[Dataset],
    model: OutputArtifact[Model],
    trees: Parameter[int] = 40,
    learning_rate: Parameter[float] = 0.1,
):
    features, weather = train.features_and_label()
    estimator = LGBMClassifier(
        n_estimators=trees, learning_rate=learning_rate, random_state=0, deterministic=True, force_row_wise=True, verbose=-1
    )
    model.save(estimator.fit(features, weather))
