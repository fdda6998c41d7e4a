import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type SqlValue } from '../../src/database/index.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';

let project: Project;
let database: string;
let logFolder: string;

beforeAll(async () => {
  project = await createProject();
  database = join(project.root, '.mlspec', 'metadata.db');
  logFolder = join(project.root, '.mlspec', 'log');
  await project.declare(
    shellStep('a', 'echo 1 > {outputs.out}') +
      shellStep('b', 'cat {inputs.x} > {outputs.out}', 'inputs: {x: a.out}') +
      shellStep('bad', 'exit 3'),
  );
  await project.run();
  await project.run();
});
afterAll(() => project.remove());

/** Changes the record, looks what is found, and puts the record back. */
async function spoilt(sql: string, ...values: SqlValue[]): Promise<{ code: number | null; rules: string[] }> {
  const before = await readFile(database);
  const opened = await openDatabase({ kind: 'sqlite', path: database });
  const changed = await opened.run(sql, values);
  await opened.close();
  expect(changed).toBeGreaterThan(0);
  try {
    return await verdict();
  } finally {
    for (const rest of ['-wal', '-shm']) await rm(`${database}${rest}`, { force: true });
    await writeFile(database, before);
  }
}

async function verdict(): Promise<{ code: number | null; rules: string[] }> {
  const { code, stdout } = await project.mlspec(['log', 'verify', '--json']);
  const { problems } = JSON.parse(stdout) as { problems: { rule: string }[] };
  return { code, rules: [...new Set(problems.map(({ rule }) => rule))].sort() };
}

describe('mlspec log verify', () => {
  it('finds a log of whole runs good: an entry for every end of an execution', async () => {
    expect(await verdict()).toEqual({ code: 0, rules: [] });
    const statements = await project.withRecord(async (metadata) => {
      const runs = await metadata.listRuns();
      return (await Promise.all(runs.map(({ id }) => metadata.statements(id)))).flat();
    });
    const states = statements.map(({ body }) => JSON.parse(body).predicate.mlspec_outcome.state as string);
    expect(states.sort()).toEqual(['CACHED', 'CACHED', 'COMPLETE', 'COMPLETE', 'FAILED', 'FAILED']);
    expect(statements.map(({ logPlace }) => logPlace).sort()).toEqual([1, 2, 3, 6, 7, 8]);
  });

  it('a reused result names the statement of the one that it reuses', async () => {
    await project.withRecord(async (metadata) => {
      const runs = await metadata.listRuns();
      const statements = (await Promise.all(runs.map(({ id }) => metadata.statements(id)))).flat();
      const reused = statements
        .map(({ body }) => JSON.parse(body).predicate.mlspec_outcome)
        .filter(({ state }) => state === 'CACHED');
      expect(reused).toHaveLength(2);
      for (const { reusedFrom } of reused) {
        const original = statements.find(({ digest }) => digest === reusedFrom.statementDigest);
        expect(original?.executionId).toBe(reusedFrom.executionId);
      }
    });
  });

  it.each([
    [
      'a word of a statement',
      "update statements set body = replace(body, 'COMPLETE', 'CACHED')",
      ['signatures', 'statements'],
    ],
    ['a signature', `update statements set signatures = replace(signatures, '"sig":"M', '"sig":"N')`, ['signatures']],
    ['no signature', "update statements set signatures = '[]'", ['signatures']],
    ['a statement taken out', 'delete from statements where log_place = 2', ['statements']],
    [
      'statements in each other’s place',
      'update statements set log_place = 3 - log_place where log_place < 3',
      ['statements'],
    ],
    ['an entry changed', "update log_entries set entry = replace(entry, 'v1', 'v2') where place = 3", ['tiles']],
    ['the last entry taken out', 'delete from log_entries where place = 9', ['entries', 'tiles']],
    ['the log cut short', 'update log_size set size = 4', ['entries', 'tiles']],
  ])('finds %s', async (_, sql, rules) => {
    expect(await spoilt(sql)).toEqual({ code: 6, rules });
    expect(await verdict()).toEqual({ code: 0, rules: [] });
  });

  it('finds every spoilt file of the log, and writes it again where asked to', async () => {
    // Those of earlier checkpoints may stay, for whoever keeps one.
    const all = await readdir(logFolder, { recursive: true, withFileTypes: true });
    const files = all.filter((file) => file.isFile() && ['checkpoint', '10'].includes(file.name));
    expect(files).toHaveLength(3);
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name);
      const content = await readFile(path);
      const flipped = Buffer.from(content);
      flipped[Math.floor(content.length / 2)]! ^= 1;
      for (const spoil of [() => rm(path), () => truncate(path, content.length - 1), () => writeFile(path, flipped)]) {
        await spoil();
        const { code, rules } = await verdict();
        expect(code).toBe(6);
        expect(rules).toEqual([name === 'checkpoint' ? 'checkpoint' : 'tiles']);
        expect((await project.mlspec(['log', 'verify', '--repair'])).code).toBe(0);
        expect(await readFile(path)).toEqual(content);
      }
    }
  });

  it('finds a checkpoint that another key signed', async () => {
    const path = join(project.env['MLSPEC_KEYS_DIR']!, 'log.pem');
    const own = await readFile(path);
    await writeFile(path, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await project.mlspec(['log', 'verify', '--repair']);
    expect(await verdict()).toEqual({ code: 6, rules: ['checkpoint'] });
    await writeFile(path, own);
    expect((await project.mlspec(['log', 'verify', '--repair'])).code).toBe(0);
  });

  it('is not written on after entries were lost, and the run says so', async () => {
    const before = await readFile(database);
    const opened = await openDatabase({ kind: 'sqlite', path: database });
    await opened.run('delete from log_entries where place >= 4');
    await opened.run('update log_size set size = 4');
    await opened.run('delete from statements where log_place >= 4');
    await opened.run('delete from cache_entries');
    await opened.close();
    const checkpoint = await readFile(join(logFolder, 'checkpoint'));
    const run = await project.mlspec(['run', '--until', 'a']);
    expect(run.code).toBe(0);
    expect(run.stderr + run.stdout).toContain('PROVENANCE_LOG_FORKED');
    expect(await readFile(join(logFolder, 'checkpoint'))).toEqual(checkpoint);
    expect((await verdict()).rules).toContain('tiles');
    await writeFile(database, before);
  });
});
