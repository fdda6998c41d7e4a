export { type Confusion, confusionOf } from './confusion.ts';
export { costMatrix, type DeclaredCost } from './cost-matrix.ts';
export { type Curves, curvesOf } from './curves.ts';
export {
  allMetrics,
  applicableMetrics,
  isApplicable,
  measureAll,
  measureOne,
  metricFamilies,
  metricNamed,
  metricValue,
} from './measure.ts';
export type { Measured, MeasuredTask, MetricDefinition, MetricFacts } from './metric.ts';
export type { ClassObservations, NumberObservations, Observations, RankingObservations } from './observations.ts';
export { observe, type PredictedColumns, type ReadingOptions, type TaskFacts } from './observe.ts';
export {
  type CurveVerdict,
  type Gap,
  judgeCurve,
  judgeGap,
  judgeShuffled,
  type SeenAndUnseen,
  type Skill,
} from './overfitting.ts';
export { selectRows } from './select-rows.ts';
export { type LearntLabels, type TrivialKind, trivialAnswers } from './trivial.ts';
export { cappedErrors, oneAgainstRest } from './views.ts';
