import { PlatformError } from '../../errors/index.ts';
import type { FittedNode, Operation } from '../graph.ts';
import { castKernel } from './cast-kernels.ts';
import { crossKernel, hashKernel, inKernel, oneHotKernel, tokensKernel, vocabularyKernel } from './category-kernels.ts';
import {
  dayKernel,
  dayOfYearKernel,
  hourKernel,
  minuteKernel,
  monthKernel,
  secondKernel,
  weekdayKernel,
  weekKernel,
  yearKernel,
} from './date-kernels.ts';
import type { Kernel, WideKernel } from './kernel.ts';
import {
  andKernel,
  coalesceKernel,
  constantKernel,
  equalKernel,
  ifKernel,
  imputeKernel,
  isMissingKernel,
  lessKernel,
  lessOrEqualKernel,
  notEqualKernel,
  notKernel,
  orKernel,
} from './logic-kernels.ts';
import {
  absKernel,
  addKernel,
  bucketizeKernel,
  centerScaleKernel,
  clipKernel,
  divideKernel,
  expKernel,
  log1pKernel,
  logKernel,
  minmaxKernel,
  multiplyKernel,
  negateKernel,
  sqrtKernel,
  subtractKernel,
} from './number-kernels.ts';
import { lengthKernel, lowerKernel, tokenCountKernel, trimKernel } from './text-kernels.ts';

type NarrowOperation = Exclude<Operation, 'input' | WideOperation>;

/** Operations whose result is several columns. */
export type WideOperation = 'one_hot' | 'tokens' | 'impute';

const NARROW: Record<NarrowOperation, (node: FittedNode) => Kernel> = {
  constant: constantKernel,
  add: () => addKernel,
  subtract: () => subtractKernel,
  multiply: () => multiplyKernel,
  divide: () => divideKernel,
  negate: () => negateKernel,
  abs: () => absKernel,
  sqrt: () => sqrtKernel,
  log: () => logKernel,
  log1p: () => log1pKernel,
  exp: () => expKernel,
  clip: clipKernel,
  standardize: centerScaleKernel,
  minmax: minmaxKernel,
  robust_scale: centerScaleKernel,
  bucketize: bucketizeKernel,
  quantile_buckets: bucketizeKernel,
  vocabulary: vocabularyKernel,
  hash: hashKernel,
  cross: () => crossKernel,
  in: inKernel,
  is_missing: () => isMissingKernel,
  coalesce: coalesceKernel,
  if: ifKernel,
  and: () => andKernel,
  or: () => orKernel,
  not: () => notKernel,
  less: () => lessKernel,
  less_or_equal: () => lessOrEqualKernel,
  equal: () => equalKernel,
  not_equal: () => notEqualKernel,
  cast: castKernel,
  year: yearKernel,
  month: monthKernel,
  day: dayKernel,
  hour: hourKernel,
  minute: minuteKernel,
  second: secondKernel,
  weekday: weekdayKernel,
  day_of_year: dayOfYearKernel,
  week: weekKernel,
  lower: () => lowerKernel,
  trim: () => trimKernel,
  length: () => lengthKernel,
  token_count: () => tokenCountKernel,
};

const WIDE: Record<WideOperation, (node: FittedNode) => WideKernel> = {
  one_hot: oneHotKernel,
  tokens: tokensKernel,
  impute: imputeKernel,
};

/** Whether a text names an operation. */
export function isOperation(text: string): text is Operation {
  return text === 'input' || Object.hasOwn(NARROW, text) || Object.hasOwn(WIDE, text);
}

/** The kernel of a node; one column comes as a list of one. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function kernelOf(node: FittedNode): WideKernel {
  if (Object.hasOwn(WIDE, node.op)) return WIDE[node.op as WideOperation](node);
  const make = NARROW[node.op as NarrowOperation];
  if (make === undefined) {
    throw new PlatformError('TRANSFORM_BAD_DOCUMENT', { message: `the fitted transformation has a node ${node.op}` });
  }
  const kernel = make(node);
  return (inputs, rowCount) => [kernel(inputs, rowCount)];
}
