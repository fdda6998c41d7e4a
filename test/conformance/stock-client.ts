/* Programs with MLflow's own client, unchanged, against a live `mlspec server` of their own: one test for each of theirs. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../tracking/client-checks.ts';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';
import { neverAgain, printedBy } from '../tracking/stock-program.ts';
import { folderPlace, type StockPlace, teamPlace } from './stock-places.ts';

/** Statuses after which the client asks again. */
const asksAgain = new Set([408, 429, 500, 502, 503, 504]);

/** A program beside this file, and who runs it. */
export interface StockProgram {
  readonly script: string;
  readonly python: () => string;
  /** What stands behind `mlflow.__version__`. */
  readonly version: string;
  /** The fewest requests that it may make. */
  readonly requests: number;
  /** Further options of the server. */
  readonly options?: readonly string[];
  /** Where the server keeps things; by default in a folder. */
  readonly place?: 'folder' | 'PostgreSQL and S3';
}

/** Runs a program and has a test for each function `test_…` of it; and that it had no reason to ask anything again. */
export function describeStockProgram(program: StockProgram): void {
  const { script, python, version, requests, options = [], place: kind = 'folder' } = program;
  const path = join(import.meta.dirname, script);
  const names = [...readFileSync(path, 'utf8').matchAll(/^def test_(\w+)/gm)].map(([, name]) => name!);

  describe(`MLflow ${version} and ${script}, kept in ${kind}`, () => {
    let folder: string;
    let place: StockPlace;
    let server: ServerProcess;
    let printed: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mlflow-client-'));
      place = await (kind === 'folder' ? folderPlace(folder) : teamPlace());
      server = await startServerProcess(place.store, folder, {
        options: [...place.options, ...options],
        env: place.env,
      });
      printed = await printedBy(path, {
        ...{ url: server.url, home: folder, python: python() },
        // Not what models need, which the client finds out by loading them in a process of their own.
        variables: { ...neverAgain, MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '1' },
      });
    }, 900_000);

    afterAll(async () => {
      await server.kill();
      await place.remove();
      await rm(folder, { recursive: true, force: true });
    });

    test('is what was asked for', () => {
      expect(printed.trimStart().split('\n')[0]).toBe(`MLflow ${version}`);
    });

    test.each(names)('%s', (name) => {
      expect(failureOf(printed, name)).toBe('');
    });

    test('had no reason to ask again', () => {
      expect(server.answered.length).toBeGreaterThan(requests);
      expect(server.answered.filter(({ status }) => asksAgain.has(status))).toEqual([]);
    });

    test('the server ends when it is interrupted', async () => {
      expect(await server.stop()).toBe(0);
    });
  });
}
