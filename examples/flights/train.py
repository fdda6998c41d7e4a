"""Trains the flights model: gradient-boosted trees on the transformed training part."""

from lightgbm import LGBMClassifier
from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter, log_metric, progress


def train(
    train: InputArtifact[Dataset],
    validation: InputArtifact[Dataset],
    model: OutputArtifact[Model],
    learning_rate: Parameter[float] = 0.1,
    trees: Parameter[int] = 200,
):
    """Fits on `train`, logs the loss on `validation` as trees are added, and saves the model."""
    features, late = train.features_and_label()
    held_out = validation.features_and_label()

    def tell(step):
        done = step.iteration + 1
        if done % 20 == 0 or done == trees:
            progress(done, trees, unit="trees")
            log_metric("validation_log_loss", step.evaluation_result_list[0][2], done)

    estimator = LGBMClassifier(
        n_estimators=trees,
        learning_rate=learning_rate,
        num_leaves=63,
        min_child_samples=100,
        random_state=0,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    estimator.fit(features, late, eval_set=[held_out], callbacks=[tell])
    model.save(estimator)
