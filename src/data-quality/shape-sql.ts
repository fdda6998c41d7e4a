import type { Cell } from '../tables/index.ts';
import { doubleLiteral, type ProfiledColumn } from './column-sql.ts';
import type { Fences, Range, Ranges } from './ranges.ts';

const binCount = 10;

/** The range of a column from the first scan; null where it has no finite value. */
export function rangeOf({ at }: ProfiledColumn, counted: Readonly<Record<string, Cell>>): Range | null {
  const [low, high] = [counted[`low${at}`], counted[`high${at}`]];
  if (low == null || high == null) return null;
  return { low: Number(low), high: Number(high), finiteCount: Number(counted[`finite${at}`]) };
}

/** Bounds of ten bins of equal width; of one where all values are equal. */
export function histogramEdges({ low, high }: Range): number[] {
  if (low === high) return [low, high];
  const inner = Array.from({ length: binCount - 1 }, (_, index) => {
    const share = (index + 1) / binCount;
    return low * (1 - share) + high * share;
  });
  return [low, ...inner, high];
}

/**
 * What the second scan counts of a column: sums in fixed point and, for a whole table, values below each inner edge and
 * outside the fences.
 */
export function shapesOf(column: ProfiledColumn, ranges: Ranges, fences: Fences | null): string[] {
  const range = ranges.get(column.at);
  if (range === undefined) return [];
  const { at } = column;
  const isNumber = column.type === 'int64' || column.type === 'float64';
  const { center, scale } = range.fixedPoint;
  const whole = `CAST(round((f${at} - ${doubleLiteral(center)}) * ${doubleLiteral(scale)}) AS HUGEINT)`;
  const moments = isNumber ? [`sum(${whole}) AS sum${at}`, `sum(${whole} * ${whole}) AS squares${at}`] : [];
  if (fences === null) return moments;
  const fence = fences.get(at);
  return [
    ...moments,
    ...histogramEdges(range)
      .slice(1, -1)
      .map((edge, index) => `count_if(f${at} < ${doubleLiteral(edge)}) AS bin${at}_${index}`),
    ...(fence === undefined
      ? []
      : [
          `count_if(f${at} < ${doubleLiteral(fence.low)}) AS outside_below${at}`,
          `count_if(f${at} > ${doubleLiteral(fence.high)}) AS outside_above${at}`,
        ]),
  ];
}
