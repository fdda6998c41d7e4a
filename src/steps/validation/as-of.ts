import { now, parseInstant } from '../../encoding/index.ts';
import { asksForMoment } from '../../spec/check-moment.ts';
import type { ValidationParams } from './plan.ts';

/**
 * The moment that `now()` stands for in checks; null where none of them asks for it.
 * @param sql of the checks that have SQL
 */
export function asOfMs(
  { checks, as_of }: Pick<ValidationParams, 'checks' | 'as_of'>,
  sql: readonly string[],
): number | null {
  const isAsked = checks.some(asksForMoment) || sql.some((text) => /\bas_of\s*\(/i.test(text));
  if (!isAsked) return null;
  return as_of === null ? now() : parseInstant(as_of);
}
