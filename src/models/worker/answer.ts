import { PlatformError } from '../../errors/index.ts';
import type { ModelColumns, ModelDescription } from '../model.ts';

/** The number of rows of columns; columns of different lengths are an error of the caller. */
export function rowCountOf(columns: ModelColumns): number {
  const lengths = new Set(Object.values(columns).map((values) => values.length));
  if (lengths.size > 1)
    throw new PlatformError('INTERNAL', { message: `columns of different lengths: ${[...lengths].join(', ')}` });
  return [...lengths][0] ?? 0;
}

/**
 * Checks a model's answer: one value a row in every column, none of them missing, and one score a class.
 * @throws PlatformError MODEL_BAD_ANSWER
 */
export function checkAnswer(
  answer: unknown,
  expected: { readonly rowCount: number; readonly classes: ModelDescription['classes'] },
): ModelColumns {
  if (typeof answer !== 'object' || answer === null) throw bad('the model answered no columns');
  const columns = answer as Record<string, unknown>;
  const scores = Object.keys(columns).filter((name) => /^score_\d+$/.test(name));
  if (scores.length === 0 && !Object.hasOwn(columns, 'prediction'))
    throw bad('the model answered neither scores nor predictions');
  if (scores.length > 0 && expected.classes !== null && scores.length !== expected.classes.length)
    throw bad(`the model has ${expected.classes.length} classes and answered ${scores.length} scores`);
  for (const [name, values] of Object.entries(columns)) checkColumn(name, values, expected.rowCount);
  return columns as ModelColumns;
}

function checkColumn(name: string, values: unknown, rowCount: number): void {
  if (!Array.isArray(values) || values.length !== rowCount) {
    const found = Array.isArray(values) ? `${values.length} values` : 'no list';
    throw bad(`expected ${rowCount} values in ${name}, found ${found}`);
  }
  const missing = values.findIndex((value) => value === null || value === undefined || typeof value === 'object');
  if (missing >= 0) throw bad(`the model answered NaN, an infinity or nothing in ${name} for row ${missing}`);
}

function bad(message: string): PlatformError {
  return new PlatformError('MODEL_BAD_ANSWER', { message });
}
