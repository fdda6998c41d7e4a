/**
 * How it is shown of all rows together that a comparison is false in none: by the smallest and the largest value. Each costs a fraction of
 * asking every row, and the checks of a column share them. Where that shows nothing the rows are counted.
 */
import type { SqlTerm } from './term.ts';

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The sign with which the sides of a comparison change places. */
export function mirrorOf(sign: string): string {
  return mirrored[sign]!;
}

/**
 * SQL of aggregates that is true only where a comparison of a number or time of the rows with a fixed one is false in no row; undefined
 * where there is none. To the engine NaN is above all other numbers.
 */
export function neverFalse(sign: string, left: SqlTerm, right: SqlTerm): string | undefined {
  if (!isFixed(right)) return isFixed(left) && !isFixed(right) ? neverFalse(mirrorOf(sign), right, left) : undefined;
  if (left.ofRow !== true || (left.type !== 'number' && left.type !== 'time')) return undefined;
  const [smallest, largest] = [`min(${left.sql})`, `max(${left.sql})`];
  const noNaN = left.mayBeNaN ? ` AND ${largest} <= 'Infinity'::DOUBLE` : '';
  if (sign === '=') return `(${smallest} = ${right.sql} AND ${largest} = ${right.sql})`;
  return sign.startsWith('<') ? `(${largest} ${sign} ${right.sql})` : `(${smallest} ${sign} ${right.sql}${noNaN})`;
}

/** A number as it is written, or an instant. */
function isFixed({ type, constant, ofRow, overTable }: SqlTerm): boolean {
  return constant !== undefined || (type === 'time' && ofRow !== true && overTable !== true);
}

/** The same of two conditions that both must hold. */
export function bothNeverFalse(one: SqlTerm, other: SqlTerm): Pick<SqlTerm, 'neverFalse'> {
  const proofs = [one.neverFalse, other.neverFalse];
  return proofs.includes(undefined) ? {} : { neverFalse: `(${proofs.join(' AND ')})` };
}
