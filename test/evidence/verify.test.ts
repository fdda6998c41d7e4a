/*
 * A finished run under other keys than those that the user trusted when it was carried out, on the command line. What becomes of a
 * release that somebody changed is in `mutations.test.ts`.
 */
import { generateKeyPairSync } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

it('a run that did what was declared is verified, as is one before it', async () => {
  expect(await verify()).toEqual({ code: 0, broken: [] });
  expect(await verify(runs[0])).toEqual({ code: 0, broken: [] });
  const { stdout } = await project.mlspec(['verify']);
  expect(stdout).toMatch(/verified: run_\w+: \d+ rules hold \(5 statements, 3 artifacts\)/);
  expect(stdout).toMatch(/^✓ layout\/signed .* \(1 statement: sha256:[0-9a-f]{12}\)$/m);
  expect(stdout).toMatch(/^✓ artifacts\/whole .* \(3 artifacts: sha256:[0-9a-f]{12} …\)$/m);
  const { stdout: all } = await project.mlspec(['verify', '--evidence']);
  expect(all).toMatch(/^ {4}statement sha256:[0-9a-f]{64} entry \d+ layout$/m);
  expect(all).toMatch(/^ {4}artifact sha256:[0-9a-f]{64} c\/out$/m);
  expect(all).toMatch(/^ {4}entry sha256:[0-9a-f]{64} entry \d+ urn:mlspec:predicate:run:v1$/m);
});

describe('keys', () => {
  it('another owner, a revoked key, more owners than there are', async () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await writeFile(join(project.root, 'other.pem'), pem);
    const trust = join(keysDir, 'trust.json');
    const change = async (edit: (keys: { name: string; roles: string[] }[]) => unknown): Promise<void> => {
      const list = JSON.parse(await readFile(trust, 'utf8'));
      await writeFile(trust, JSON.stringify({ ...list, keys: edit(list.keys) }));
    };
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
