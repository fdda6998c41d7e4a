import { now, parseInstant } from '../../encoding/index.ts';
import type { ValidationParams } from './plan.ts';

/** The moment that `now()` stands for in checks; null where none of them asks for it. */
export function asOfMs({ checks, as_of }: Pick<ValidationParams, 'checks' | 'as_of'>): number | null {
  const isAsked = checks.some(
    ({ that, where, own }) =>
      /\b(?:now|age)\s*\(/.test(`${that ?? ''} ${where ?? ''}`) ||
      (own !== null && 'sql' in own && /\bas_of\s*\(/i.test(own.sql)),
  );
  if (!isAsked) return null;
  return as_of === null ? now() : parseInstant(as_of);
}
