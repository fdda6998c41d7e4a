/**
 * Search spaces: which values of the parameters a search tries. A dimension is a list (each value once) or a
 * distribution: `uniform(a, b)`, `log_uniform(a, b)`, `int(a, b)`, `log_int(a, b)`, `choice([...])`. Bounds are
 * included. Grid search takes lists and `choice` and `int` (every whole number) alone, in the order in which they are
 * written, the last dimension moving fastest; random search draws every dimension independently. Equal seeds give
 * equal trials on every machine, and trial `n` does not depend on how many there are.
 */
import { canonicalJson, type JsonObject, type JsonValue, seededRandom } from '../../encoding/index.ts';
import { constantValue, type Expression, type Finding, parseExpression } from '../../spec/index.ts';

/** One dimension of a search. */
export type Dimension =
  | { readonly kind: 'choice'; readonly values: readonly JsonValue[] }
  | { readonly kind: 'uniform' | 'log_uniform' | 'int' | 'log_int'; readonly low: number; readonly high: number };

/** The dimensions of a search with what is wrong with them. */
export interface SearchSpace {
  readonly dimensions: Readonly<Record<string, Dimension>>;
  readonly findings: readonly Finding[];
}

const maximumGridSize = 10_000;

/** Reads the `search` of a tuning section: lists of values, or texts that are distributions. */
export function parseSearchSpace(
  search: Readonly<Record<string, JsonValue>>,
  path: readonly (string | number)[],
): SearchSpace {
  const dimensions: Record<string, Dimension> = {};
  const findings: Finding[] = [];
  for (const [name, declared] of Object.entries(search)) {
    const dimension = Array.isArray(declared)
      ? choice(declared)
      : typeof declared === 'string'
        ? parseDistribution(declared)
        : null;
    if (dimension !== null) dimensions[name] = dimension;
    else findings.push(badDimension(name, declared, path));
  }
  return { dimensions, findings };
}

function choice(values: readonly JsonValue[]): Dimension | null {
  return values.length === 0 ? null : { kind: 'choice', values };
}

function parseDistribution(text: string): Dimension | null {
  const { expression, findings } = parseExpression(text);
  if (expression === null || findings.length > 0 || expression.kind !== 'call') return null;
  if (expression.name === 'choice') return choiceOf(expression.args[0]);
  const [low, high] = expression.args.map((argument) => constantValue(argument));
  if (typeof low !== 'number' || typeof high !== 'number' || expression.args.length !== 2 || !(low < high)) return null;
  switch (expression.name) {
    case 'uniform':
      return { kind: 'uniform', low, high };
    case 'log_uniform':
      return low > 0 ? { kind: 'log_uniform', low, high } : null;
    case 'int':
      return Number.isInteger(low) && Number.isInteger(high) ? { kind: 'int', low, high } : null;
    case 'log_int':
      return Number.isInteger(low) && Number.isInteger(high) && low > 0 ? { kind: 'log_int', low, high } : null;
    default:
      return null;
  }
}

function choiceOf(argument: Expression | undefined): Dimension | null {
  const values = argument === undefined ? undefined : constantValue(argument);
  return Array.isArray(values) ? choice(values) : null;
}

function badDimension(name: string, declared: JsonValue, path: readonly (string | number)[]): Finding {
  return {
    rule: 'training/search-space',
    severity: 'error',
    path: [...path, name],
    message: `expected a list of values or a distribution for ${name}, found ${canonicalJson(declared)}`,
    suggestion: 'write for example [1, 2, 4], uniform(0, 1), log_uniform(0.001, 0.1) or int(1, 10)',
  };
}

/**
 * The trials of a grid, at most `limit` of them (all where absent): every combination. Null where a dimension is
 * continuous or the grid has more than 10,000 combinations.
 */
export function gridTrials(dimensions: Readonly<Record<string, Dimension>>, limit: number | null): JsonObject[] | null {
  let trials: JsonObject[] = [{}];
  for (const [name, dimension] of Object.entries(dimensions)) {
    const values = gridValues(dimension);
    if (values === null || trials.length * values.length > maximumGridSize) return null;
    trials = trials.flatMap((trial) => values.map((value) => ({ ...trial, [name]: value })));
  }
  return limit === null ? trials : trials.slice(0, limit);
}

function gridValues(dimension: Dimension): readonly JsonValue[] | null {
  if (dimension.kind === 'choice') return dimension.values;
  if (dimension.kind !== 'int' || dimension.high - dimension.low >= maximumGridSize) return null;
  return Array.from({ length: dimension.high - dimension.low + 1 }, (_, index) => dimension.low + index);
}

/** `count` random trials; trial `n` depends on the seed, `n` and the names of the dimensions alone. */
export function randomTrials(
  dimensions: Readonly<Record<string, Dimension>>,
  options: { readonly count: number; readonly seed: number },
): JsonObject[] {
  return Array.from({ length: options.count }, (_, index) =>
    Object.fromEntries(
      Object.entries(dimensions).map(([name, dimension]) => [
        name,
        draw(dimension, seededRandom(`${options.seed}/${index}/${name}`)()),
      ]),
    ),
  );
}

function draw(dimension: Dimension, share: number): JsonValue {
  switch (dimension.kind) {
    case 'choice':
      return dimension.values[Math.min(Math.floor(share * dimension.values.length), dimension.values.length - 1)]!;
    case 'uniform':
      return dimension.low + share * (dimension.high - dimension.low);
    case 'log_uniform':
      return clamp(
        Math.exp(Math.log(dimension.low) + share * (Math.log(dimension.high) - Math.log(dimension.low))),
        dimension,
      );
    case 'int':
      return Math.min(dimension.low + Math.floor(share * (dimension.high - dimension.low + 1)), dimension.high);
    case 'log_int':
      return clamp(
        Math.floor(
          Math.exp(Math.log(dimension.low) + share * (Math.log(dimension.high + 1) - Math.log(dimension.low))),
        ),
        dimension,
      );
  }
}

function clamp(value: number, bounds: { readonly low: number; readonly high: number }): number {
  return Math.min(Math.max(value, bounds.low), bounds.high);
}
