import type { ChosenTask } from './choose-task.ts';

/** The baseline's requirements, pinned. */
export const requirementsText = 'numpy==2.4.6\npandas==3.1.1\npyarrow==26.0.1\nscikit-learn==1.9.1\n';

/** The baseline: boosted trees of scikit-learn, which take missing values as they are. */
export function writeTraining(kind: ChosenTask['kind']): string {
  const estimator = kind === 'regression' ? 'HistGradientBoostingRegressor' : 'HistGradientBoostingClassifier';
  return `"""Trains the baseline: boosted trees of scikit-learn on the transformed training part."""

from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter, log_metric
from sklearn.ensemble import ${estimator}


def train(
    train: InputArtifact[Dataset],
    validation: InputArtifact[Dataset],
    model: OutputArtifact[Model],
    rounds: Parameter[int] = 100,
    learning_rate: Parameter[float] = 0.1,
):
    features, label = train.features_and_label()
    estimator = ${estimator}(
        max_iter=rounds, learning_rate=learning_rate, early_stopping=False, random_state=0
    )
    estimator.fit(features, label)
    log_metric("validation_score", estimator.score(*validation.features_and_label()))
    model.save(estimator)
`;
}
