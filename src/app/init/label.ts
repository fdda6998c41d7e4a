import type { SurveyedColumn } from './survey.ts';

/** A label of more different texts is no class. */
const mostClasses = 20;

/** Why a column cannot be a label; null where it can. */
export function whyNoLabel(column: SurveyedColumn): string | null {
  if (column.distinctCount < 2) return 'it has fewer than two values';
  if (column.type === 'date' || column.type === 'timestamp') return 'it is a time';
  if (column.type === 'string' && column.distinctCount > mostClasses)
    return `it has ${column.distinctCount} different texts, more than the ${mostClasses} classes that init takes`;
  return null;
}
