export {
  type ClassSums,
  type Contingency,
  classPower,
  correlationOf,
  cramersV,
  meanPower,
  mutualInformation,
  type PairSums,
} from './association.ts';
export {
  betaCdf,
  betaQuantile,
  incompleteBeta,
  logBeta,
  studentCdf,
  studentQuantile,
} from './beta.ts';
export { clopperPearsonInterval } from './binomial-interval.ts';
export { exactBinomialSize, exactLowerBound, logBinomialUpperTail, logWorstExcess } from './binomial-size.ts';
export {
  bcaInterval,
  bootstrapReplicates,
  jackknifeValues,
  type ResamplingOptions,
} from './bootstrap.ts';
export { type RocArea, type RocAreas, rocAreaOfSorted, rocAreas } from './delong.ts';
export {
  type CellCounts,
  hellingerDistance,
  jensenShannonDivergence,
  largestShareDifference,
  populationStability,
  totalOf,
} from './distances.ts';
export { ExactSum } from './exact-sum.ts';
export { type FixedSum, fixedMean, fixedScale, fixedSum, limbBits } from './fixed-sum.ts';
export { foldMean } from './fold-mean.ts';
export {
  CentralMoments,
  FrequencySum,
  type Moments,
  momentsOf,
  type PowerSums,
  type TwoDoubles,
  unitScale,
} from './frequency-moments.ts';
export {
  chiSquaredCdf,
  chiSquaredQuantile,
  chiSquaredSurvival,
  gammaQuantile,
  incompleteGamma,
  type Tails,
} from './gamma.ts';
export { holmAdjusted } from './holm.ts';
export { fitHoltWinters, leastHoltWinters, type SmoothedSeries, type Smoothing, smoothSeries } from './holt-winters.ts';
export { type Homogeneity, homogeneityTest } from './homogeneity.ts';
export { hypergeometricLowerTail, type Urn } from './hypergeometric.ts';
export {
  differenceInterval,
  type Estimate,
  type Interval,
  normalInterval,
  percentileInterval,
  wilsonInterval,
} from './intervals.ts';
export { type ForestOptions, IsolationForest, searchDepth } from './isolation-forest.ts';
export { kolmogorovSmirnovPValue, kolmogorovSurvival, type SampleSizes } from './kolmogorov.ts';
export { erfc, normalCdf, normalQuantile } from './normal.ts';
export {
  meanAndDeviation,
  medianAndDeviation,
  robustReach,
  type Spread,
  studentReach,
} from './prediction.ts';
export { type CellTable, type CrossFitted, crossFittedForest, type RandomForestOptions } from './random-forest.ts';
export { hoeffdingSize, hoeffdingTolerance } from './sample-size.ts';
export { fallingOrder, risingOrder } from './sort-order.ts';
export { quantileOfSorted } from './sorted-quantile.ts';
export { deviance, logGamma, stirlingError } from './stirling.ts';
export { CompensatedSum } from './sums.ts';
export { SquareSums, WholeSum } from './whole-sum.ts';
