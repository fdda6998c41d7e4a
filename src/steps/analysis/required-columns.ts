import { PlatformError } from '../../errors/index.ts';
import type { SliceSpec } from '../../spec/index.ts';
import type { Field } from '../../tables/index.ts';

/**
 * Requires the columns by which groups are declared.
 * @throws PlatformError ANALYSIS_COLUMN_MISSING where one is not there, or holds no numbers where edges are given
 */
export function requireColumns(fields: readonly Field[], slices: readonly SliceSpec[]): void {
  for (const { column, edges } of slices) {
    const field = fields.find((one) => one.name === column);
    if (field === undefined || (edges !== null && field.type !== 'int64' && field.type !== 'float64'))
      throw new PlatformError('ANALYSIS_COLUMN_MISSING', {
        message: `expected a column ${column}${edges === null ? '' : ' of numbers'} for a slice; the dataset has ${fields.map((one) => `${one.name} (${one.type})`).join(', ')}`,
      });
  }
}
