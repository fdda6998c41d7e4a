/*
 * Looks through folders for rows of the sealed part in clear. It is used by the tests, and by the steps and models that
 * play the attacker: so it imports nothing of the product.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Answers SQL in DuckDB's dialect. */
export type Rows = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** What gives sealed rows away. */
export interface Marks {
  /** Text that stands in every sealed row and nowhere else. */
  readonly canary: string;
  /** How many rows the sealed part has; no open part has as many. */
  readonly sealedRows: number;
  /** Texts that only somebody can know who has measured on the sealed part. */
  readonly measures?: readonly string[];
}

const largestBytes = 64 * 1024 * 1024;

/** Every regular file below some folders; what vanishes meanwhile or cannot be read is left out. */
export function filesBelow(roots: readonly string[], skip: readonly string[] = []): string[] {
  const found: string[] = [];
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (skip.includes(path)) continue;
    try {
      const stat = lstatSync(path);
      if (stat.isDirectory()) waiting.push(...readdirSync(path).map((name) => join(path!, name)));
      else if (stat.isFile() && stat.size <= largestBytes) found.push(path);
    } catch {
      // It was there a moment ago.
    }
  }
  return found.sort();
}

/** The files that hold sealed rows, their answers or measures in clear, each with what was found. */
export async function findSealed(paths: readonly string[], marks: Marks, rows: Rows): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const why = await whatIsIn(path, marks, rows);
    if (why !== null) found.push(`${path}: ${why}`);
  }
  return found;
}

/** The first of the measures that stands in a content. How long something took may be the same number by chance. */
function measureIn(content: Buffer, measures: readonly string[]): string | undefined {
  const text = content.toString('latin1').replaceAll(/"\w*(?:Ms|Seconds|Bytes)":[\d.]+/g, '"measured"');
  return measures.find((measure) => text.includes(measure));
}

async function whatIsIn(path: string, marks: Marks, rows: Rows): Promise<string | null> {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch {
    return null;
  }
  const measure = marks.measures === undefined ? undefined : measureIn(content, marks.measures);
  if (content.includes(marks.canary)) return 'the canary';
  if (measure !== undefined) return `the measure ${measure}`;
  if (content.subarray(0, 4).toString('latin1') !== 'PAR1') return null;
  const source = `read_parquet('${path.replaceAll("'", "''")}') t`;
  try {
    const [counted] = await rows(
      `SELECT count(*) AS n, count(*) FILTER (WHERE contains(CAST(t AS VARCHAR), '${marks.canary}')) AS marked FROM ${source}`,
    );
    if (Number(counted!['marked']) > 0) return `${counted!['marked']} rows with the canary`;
    if (Number(counted!['n']) === marks.sealedRows) return `a table of ${counted!['n']} rows`;
  } catch {
    // Not a whole table yet, or not any more.
  }
  return null;
}
