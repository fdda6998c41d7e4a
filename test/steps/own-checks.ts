/* What the tests of a project's own checks have in common: tables that checks are held against, and what they found. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type CheckResult, type OwnMeans, ownMeans, readChecksFile, runChecks } from '../../src/data-quality/index.ts';
import { type CallCode, createDuckDb, type QueryEngine } from '../../src/tables/index.ts';

/** Results with the means by which they were found. */
export interface Checked {
  readonly results: readonly CheckResult[];
  readonly own: OwnMeans;
}

/** Holds tables against checks as they are written, for the tests of one file. */
export interface OwnChecks {
  readonly engine: QueryEngine;
  /** Goes behind the last test. */
  readonly folder: string;
  check(source: string, written: readonly object[], options?: object): Promise<Checked>;
}

/**
 * Makes an engine and a folder, which are given back behind the last test of the file.
 * @param callCodeIn calls code of a project in the folder, from a place of its own; null: checks are of SQL alone
 */
export async function ownChecks(callCodeIn: ((folder: string, place: string) => CallCode) | null): Promise<OwnChecks> {
  const [engine, folder] = [await createDuckDb(), await mkdtemp(join(tmpdir(), 'own-checks-'))];
  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  });
  let tables = 0;
  return {
    engine,
    folder,
    async check(source, written, options = {}) {
      const { read, findings } = readChecksFile(JSON.stringify({ checks: written }), 'checks.yaml');
      expect(findings).toEqual([]);
      const place = join(folder, `table-${tables++}`);
      await mkdir(place);
      const own = ownMeans(place, { projectRoot: folder, callCode: callCodeIn?.(folder, place) ?? null });
      return { own, results: await runChecks(engine, source, { checks: read!.checks, own, ...options }) };
    },
  };
}

/** What a check counted. */
export function countsOf({ outcome, kind, rowCount, failingCount, missingCount }: CheckResult): unknown[] {
  return [outcome, kind, rowCount, failingCount, missingCount];
}

/** Six rows: plain, another, NaN, infinite, missing, zero. */
export const sixRows = `(SELECT * FROM (VALUES (1, 1.5::DOUBLE, 'a', true), (2, -2, 'B', false), (3, 'NaN', '', true), (4, 'Infinity', 'ä', NULL), (5, NULL, NULL, true), (6, 0, 'a', true)) AS t(id, x, s, b))`;

/** Rows with everything in them, drawn by a hash of their number. */
export function drawnRows(rowCount: number, seed: number): string {
  const draw = (salt: number, of: number): string => `(hash(i, ${seed * 100 + salt}) % ${of})`;
  return `(SELECT i AS id,
    CASE ${draw(1, 9)} WHEN 0 THEN NULL WHEN 1 THEN 'NaN'::DOUBLE WHEN 2 THEN 'Infinity'::DOUBLE WHEN 3 THEN -0.0::DOUBLE ELSE (${draw(2, 2000)}::DOUBLE - 1000) / 7 END AS x,
    CASE WHEN ${draw(3, 7)} = 0 THEN NULL ELSE ${draw(4, 1000)}::INTEGER END AS n,
    CASE ${draw(5, 4)} WHEN 0 THEN NULL WHEN 1 THEN 'ä' ELSE 'a' END AS s,
    CASE ${draw(6, 5)} WHEN 0 THEN NULL ELSE ${draw(7, 3)} > 0 END AS b,
    CASE WHEN ${draw(8, 6)} = 0 THEN NULL ELSE TIMESTAMP '2001-01-01' + to_hours(${draw(9, 72)}::INTEGER) END AS t
    FROM range(${rowCount}) r(i))`;
}
