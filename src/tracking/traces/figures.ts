/* Figures that clients write as texts of JSON, read once when they come, so that sums need not read them again. */
import { storable } from '../names.ts';
import { cacheFigures, costFigures, tokenFigures } from './totals.ts';

/** A figure beyond this is none: so sums of any number of them stay numbers. */
export const largestFigure = 1e200;
const nameLength = 500;
const largestCount = 2 ** 63;
const numberForm = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Columns of `traces` for counts of tokens. */
export const tokenColumns = [...tokenFigures, ...cacheFigures];

/** The counts of tokens in a text, in the order of `tokenColumns`; null for each that is not there or not whole. */
export function tokensIn(text: string): readonly (number | null)[] {
  const found = objectIn(text);
  return tokenColumns.map((name) => {
    const figure = figureOf(found[name]);
    return figure !== null && Number.isInteger(figure) && Math.abs(figure) <= largestCount ? figure : null;
  });
}

/** The costs in a text, in the order of `costFigures`; null for each that is not there. */
export function costsIn(text: string | null): readonly (number | null)[] {
  const found = text === null ? {} : objectIn(text);
  return costFigures.map((name) => figureOf(found[name]));
}

/** The name of a model or of who offers it, as it is kept. */
export function modelName(text: string | null): string | null {
  return text === null ? null : storable(text).slice(0, nameLength).toWellFormed();
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

function figureOf(value: unknown): number | null {
  const isText = typeof value === 'string' && numberForm.test(value);
  const figure = isText ? Number(value) : value;
  return typeof figure === 'number' && Math.abs(figure) <= largestFigure ? figure : null;
}
