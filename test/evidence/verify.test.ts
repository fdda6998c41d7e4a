/*
 * A finished run, changed in one place at a time: each change is found, and by the rule whose business it is. The run
 * itself is found good before and after.
 */
import { generateKeyPairSync } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';

interface Found {
  readonly code: number | null;
  readonly broken: readonly string[];
}

const steps = (b: string): string =>
  shellStep('a', 'echo 1 > {outputs.out}') +
  shellStep('b', `cat {inputs.x} > {outputs.out}; echo ${b} >> {outputs.out}`, 'inputs: {x: a.out}') +
  shellStep('c', 'cat {inputs.x} {inputs.y} > {outputs.out}', 'inputs: {x: b.out, y: a.out}');

let project: Project;
let state: string;
let copy: string;
let keysDir: string;
let runs: readonly string[];

beforeAll(async () => {
  project = await createProject();
  state = join(project.root, '.mlspec');
  copy = join(project.root, '..', 'copy');
  keysDir = project.env['MLSPEC_KEYS_DIR']!;
  await project.declare(steps('first'));
  await project.run();
  await project.declare(steps('second'));
  await project.run();
  runs = await project.withRecord(async (metadata) => (await metadata.listRuns()).map(({ id }) => id).reverse());
  await cp(state, join(copy, 'state'), { recursive: true });
  await cp(keysDir, join(copy, 'keys'), { recursive: true });
});
afterAll(() => project.remove());

async function verify(run = 'latest'): Promise<Found> {
  const { code, stdout, stderr } = await project.mlspec(['verify', run, '--json']);
  expect(stderr).toBe('');
  const { rules } = JSON.parse(stdout) as { rules: { rule: string; holds: boolean }[] };
  return { code, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule) };
}

/** Changes something, looks what is found, and puts everything back. */
async function spoiltBy(change: () => Promise<unknown>): Promise<Found> {
  await change();
  try {
    return await verify();
  } finally {
    for (const [from, to] of [
      ['state', state],
      ['keys', keysDir],
    ] as const) {
      await rm(to, { recursive: true });
      await cp(join(copy, from), to, { recursive: true });
    }
  }
}

async function sql(...statements: readonly string[]): Promise<void> {
  const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
  for (const statement of statements) expect(await database.run(statement), statement).toBeGreaterThan(0);
  await database.close();
}

const ofStep = (step: string): string =>
  `execution_id = (select id from executions where run_id = '${runs[1]}' and step = '${step}')`;
const ofRun = (kind: 'layout' | 'run'): string =>
  `run_id = '${runs[1]}' and predicate_type = 'urn:mlspec:predicate:${kind}:v1'`;
/** The form of the text stays, what it says does not. */
const flip = (table: string, where: string, from: string, to: string): string =>
  `update ${table} set body = replace(body, '${from}', '${to}') where ${where}`;

it('a run that did what was declared is verified, as is one before it', async () => {
  expect(await verify()).toEqual({ code: 0, broken: [] });
  expect(await verify(runs[0])).toEqual({ code: 0, broken: [] });
  const { stdout } = await project.mlspec(['verify']);
  expect(stdout).toMatch(/verified: run_\w+: \d+ rules hold \(5 statements, 3 artifacts\)/);
});

describe('one bit of a statement', () => {
  it.each([
    ['a digest of an output', flip('statements', '', 'sha256":"', 'sha256":"0'), 'statements/signed'],
    ['a parameter', flip('statements', '', '"seed":0', '"seed":1'), 'statements/signed'],
    ['a state', flip('statements', '', '"state":"COMPLETE"', '"state":"COMPLETF"'), 'statements/signed'],
    ['the environment', flip('statements', '', '"spec":"tiny"', '"spec":"tinz"'), 'statements/signed'],
  ])('%s', async (_, change, rule) => {
    const found = await spoiltBy(() => sql(`${change}${ofStep('c')}`));
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining([rule, 'run/ended', 'steps/complete']) });
  });

  it.each([
    ['the layout', 'layout', '"unseals":false', 'layout/signed'],
    ['the end', 'run', '"skipped":null', 'run/ended'],
  ] as const)('%s', async (_, kind, word, rule) => {
    const changed = word.replace(':', ': ');
    const found = await spoiltBy(() => sql(flip('run_statements', ofRun(kind), word, changed)));
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining([rule]) });
  });

  it('a signature', async () => {
    const change = `update statements set signatures = replace(signatures, '"sig":"M', '"sig":"N') where ${ofStep('b')}`;
    expect((await spoiltBy(() => sql(change))).broken).toContain('statements/signed');
  });
});

describe('statements', () => {
  it.each(['a', 'b', 'c'])('of %s taken away', async (step) => {
    const found = await spoiltBy(() => sql(`delete from statements where ${ofStep(step)}`));
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining(['run/ended', 'steps/complete']) });
  });

  it.each([
    ['layout', 'layout/signed'],
    ['run', 'run/ended'],
  ] as const)('about the run taken away: %s', async (kind, rule) => {
    const found = await spoiltBy(() => sql(`delete from run_statements where ${ofRun(kind)}`));
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining([rule]) });
  });

  it('of the execution that a reused result came from', async () => {
    const change = `delete from statements where run_id = '${runs[0]}' and ${ofStep('a').replace(runs[1]!, runs[0]!)}`;
    expect(await spoiltBy(() => sql(change))).toEqual({ code: 6, broken: ['reuse/original'] });
  });

  it('of another run in the place of one', async () => {
    const other = `(select body from statements where run_id = '${runs[0]}' and body like '%"step":"c"%')`;
    const signatures = other.replace('select body', 'select signatures');
    const digest = other.replace('select body', 'select digest');
    const place = other.replace('select body', 'select log_place');
    const found = await spoiltBy(() =>
      sql(
        `update statements set body = ${other}, signatures = ${signatures}, digest = ${digest}, log_place = ${place}
         where ${ofStep('c')}`,
      ),
    );
    expect(found).toMatchObject({
      code: 6,
      broken: expect.arrayContaining(['run/ended', 'steps/complete', 'log/complete']),
    });
  });

  it('in each other’s place', async () => {
    const found = await spoiltBy(() =>
      sql(
        `update statements set log_place = 99 where ${ofStep('b')}`,
        `update statements set log_place = 0 where ${ofStep('c')}`,
      ),
    );
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining(['log/holds', 'log/order']) });
  });
});

describe('artifacts, log and keys', () => {
  it('one bit of an artifact, or its absence', async () => {
    const output = await project.withRecord(async (metadata) => {
      const executions = await metadata.executions(runs[1]!);
      const events = await metadata.events([executions.find(({ step }) => step === 'c')!.id]);
      const [artifact] = await metadata.artifacts(events.filter(({ port }) => port === 'out').map((e) => e.artifactId));
      return artifact!.digest.slice('sha256:'.length);
    });
    const files = await readdir(join(state, 'artifacts'), { recursive: true, withFileTypes: true });
    const file = files.find(({ name, parentPath }) => `${parentPath}/${name}`.replaceAll('/', '').includes(output))!;
    const path = join(file.parentPath, file.name);
    expect(await spoiltBy(() => rm(path))).toEqual({ code: 6, broken: ['artifacts/whole'] });
    const flipped = await readFile(path);
    flipped[0]! ^= 1;
    const change = async () => {
      await rm(path);
      await writeFile(path, flipped);
    };
    expect(await spoiltBy(change)).toEqual({ code: 6, broken: ['artifacts/whole'] });
  });

  it('every file of the log: one bit, cut short, taken away', async () => {
    const files = (await readdir(join(state, 'log'), { recursive: true, withFileTypes: true }))
      .filter((file) => file.isFile() && ['checkpoint', '10'].includes(file.name))
      .map(({ parentPath, name }) => join(parentPath, name));
    expect(files).toHaveLength(3);
    for (const file of files) {
      const content = await readFile(file);
      const flipped = Buffer.from(content);
      flipped[content.length >> 1]! ^= 1;
      for (const change of [
        () => writeFile(file, flipped),
        () => writeFile(file, content.subarray(0, -1)),
        () => rm(file),
      ]) {
        expect(await spoiltBy(change)).toMatchObject({ code: 6, broken: expect.arrayContaining(['log/holds']) });
      }
    }
  });

  it('another key for the log, another owner, a revoked key, no keys', async () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await writeFile(join(project.root, 'other.pem'), pem);
    const trust = join(keysDir, 'trust.json');
    const change = async (edit: (keys: { name: string; roles: string[] }[]) => unknown): Promise<void> => {
      const list = JSON.parse(await readFile(trust, 'utf8'));
      await writeFile(trust, JSON.stringify({ ...list, keys: edit(list.keys) }));
    };
    const without = (name: string) => () => change((keys) => keys.filter((key) => key.name !== name));
    expect((await spoiltBy(without('log'))).broken).toContain('log/holds');
    expect((await spoiltBy(without('default'))).broken).toContain('layout/signed');
    expect((await spoiltBy(() => rm(trust))).broken).toEqual(expect.arrayContaining(['layout/signed', 'log/holds']));
    const noOwner = () =>
      change((keys) => keys.map((key) => ({ ...key, roles: key.roles.filter((r) => r !== 'owner') })));
    expect((await spoiltBy(noOwner)).broken).toContain('layout/signed');
    const revoke =
      (...more: string[]) =>
      () =>
        project.mlspec(['keys', 'revoke', 'default', '--yes', ...more]);
    expect((await spoiltBy(revoke())).broken).toEqual(expect.arrayContaining(['layout/signed', 'statements/signed']));
    expect(await spoiltBy(revoke('--keep-logged'))).toEqual({ code: 0, broken: [] });
    const two = async () => {
      await project.mlspec(['keys', 'trust', 'other', '--file', join(project.root, 'other.pem'), '--role', 'owner']);
      await project.mlspec(['keys', 'trust', '--threshold', 'owner=2']);
    };
    expect((await spoiltBy(two)).broken).toContain('layout/signed');
  });

  it('a whole run signed by a key that nobody trusts', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const found = await spoiltBy(() => project.run(['--force'], { MLSPEC_SIGNING_KEY: key }));
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining(['layout/signed', 'statements/signed']) });
  });

  it('is good again when everything was put back', async () => {
    expect(await verify()).toEqual({ code: 0, broken: [] });
  });
});

it('a run that failed, and one that was killed, are not verified', async () => {
  await project.declare(shellStep('a', 'exit 3'));
  const failed = await project.run();
  expect(failed.code).toBe(1);
  expect((await verify()).broken).toEqual(['run/ended', 'steps/complete']);
  await project.declare(shellStep('a', 'echo 2 > {outputs.out}'));
  await project.run([], { MLSPEC_FAIL_POINT: 'before:publish@a' });
  expect((await verify()).broken).toEqual(expect.arrayContaining(['run/ended', 'steps/complete']));
});
