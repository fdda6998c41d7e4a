/* Programs of checks with MLflow's own client: each tells of every function `test_NAME` whether it held. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';

/** Why a check did not hold, from what its program printed; empty where it held. */
export function failureOf(printed: string, name: string): string {
  const parts = printed.split(/^(?=ok |FAILED )/m).map((part) => part.trim());
  const said = parts.find((part) => part.split(/\s/)[1] === `test_${name}`);
  if (said === undefined) return 'was not run';
  return said.startsWith('ok') ? '' : said;
}

/** Runs a program of checks that lies beside this file. @returns what it printed */
export async function runChecks(script: string, url: string, home: string): Promise<string> {
  const env = { ...process.env, HOME: home };
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, script), url], { env });
  return stdout;
}

/** A program of checks, and what has to be there before its server starts. */
export interface ClientChecks {
  readonly script: string;
  readonly checks: readonly string[];
  readonly prepare?: (folder: string, store: string) => Promise<void>;
}

/** Has a test for each check of a program, which it runs against a live server of its own. */
export function describeChecks({ script, checks, prepare }: ClientChecks): void {
  describe('the stock client', () => {
    let folder: string;
    let server: ServerProcess;
    let printed: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'client-checks-'));
      const store = join(folder, 'state');
      await prepare?.(folder, store);
      server = await startServerProcess(store, folder);
      printed = await runChecks(script, server.url, folder);
    }, 240_000);

    afterAll(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test.each(checks)('%s', (name) => {
      expect(failureOf(printed, name)).toBe('');
    });
  });
}
