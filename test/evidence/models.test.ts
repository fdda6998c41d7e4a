/*
 * A model from its release into production: registered with a statement, approved by two people with keys of their own, and
 * verified by its name. And a registry that was changed behind their backs.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import type { Ended, Project } from '../engine/project.ts';
import { createPenguinsProject } from './penguins-project.ts';

let project: Project;
let folder: string;
let bob: NodeJS.ProcessEnv;

interface Found {
  readonly code: number | null;
  readonly broken: readonly string[];
  readonly approvedBy: readonly string[];
}

const json = (ended: Ended): Record<string, never> => JSON.parse(ended.stdout.trim().split('\n').at(-1)!);

async function verify(name: string): Promise<Found> {
  const ended = await project.mlspec(['verify', name, '--json']);
  const { rules, approvedBy } = json(ended) as unknown as {
    rules: { rule: string; holds: boolean }[];
    approvedBy: string[];
  };
  return { code: ended.code, approvedBy, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule) };
}

/** Lets one user trust the approver's key of another. */
async function introduce(key: string, from: NodeJS.ProcessEnv, to: NodeJS.ProcessEnv, as: string): Promise<void> {
  const file = join(folder, `${as}.pub.pem`);
  await writeFile(file, (await project.mlspec(['keys', 'show', key], from)).stdout);
  const trusted = await project.mlspec(['keys', 'trust', as, '--file', file, '--role', 'approver'], to);
  expect(trusted.code, trusted.stderr).toBe(0);
}

async function inRegistry(sql: string): Promise<void> {
  const database = await openDatabase({ kind: 'sqlite', path: join(project.root, '.mlspec', 'metadata.db') });
  try {
    await database.run(sql);
  } finally {
    await database.close();
  }
}

const aliases = async (): Promise<string> => (await project.mlspec(['ls', 'models'])).stdout;

beforeAll(async () => {
  project = await createPenguinsProject();
  folder = await mkdtemp(join(tmpdir(), 'models-'));
  bob = { ...project.env, MLSPEC_KEYS_DIR: join(folder, 'bob') };
  expect((await project.mlspec(['keys', 'new', 'approver', '--role', 'approver'])).code).toBe(0);
  expect((await project.mlspec(['keys', 'new', 'approver', '--role', 'approver'], bob)).code).toBe(0);
  await introduce('approver', bob, project.env, 'bob');
  await introduce('approver', project.env, bob, 'alice');
  for (const env of [project.env, bob])
    expect((await project.mlspec(['keys', 'trust', '--threshold', 'approver=2'], env)).code).toBe(0);
});
afterAll(async () => {
  await project.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('a model', () => {
  it('that was released waits for its approvals', async () => {
    const released = await project.mlspec(['release', '--yes']);
    expect(released.code, released.stdout + released.stderr).toBe(0);
    expect(released.stdout).toMatch(/model {4}penguins\/1\.0\.0, in production after 2 approvals/);
    expect(await aliases()).not.toContain('production');
    expect(await verify('penguins')).toEqual({ code: 6, broken: ['model/approved'], approvedBy: [] });
  });

  it('is approved once by each, and is in production after the last that was asked for', async () => {
    const first = json(
      await project.mlspec(['approve', 'penguins/1.0.0', '--note', 'looked at every slice', '--json']),
    );
    expect(first).toMatchObject({ isNew: true, given: 1, needed: 2, isPromoted: false });
    const again = json(await project.mlspec(['approve', 'penguins', '--json']));
    expect(again).toMatchObject({ isNew: false, given: 1, isPromoted: false });
    expect(await verify('penguins')).toMatchObject({ code: 6, broken: ['model/approved'] });
    const byBob = await project.mlspec(['approve', 'penguins', '--json'], bob);
    expect(byBob.stderr).toContain('another key signed it');
    const second = json(byBob);
    expect(second).toMatchObject({ isNew: true, given: 2, needed: 2, isPromoted: true });
    expect(await aliases()).toContain('production');
    // Bob wrote into the record; only who has the key of the log signs its checkpoint.
    expect(await verify('penguins')).toMatchObject({ code: 6, broken: ['model/approved'] });
    expect((await project.mlspec(['log', 'publish'])).code).toBe(0);
    const found = await verify('penguins/production');
    expect(found).toMatchObject({ code: 0, broken: [] });
    expect(found.approvedBy).toHaveLength(2);
    expect((await project.mlspec(['verify', 'penguins'])).stdout).toMatch(/model {4}penguins\/1\.0\.0, approved with /);
    const log = await project.mlspec(['log', 'verify']);
    expect(log.code, log.stdout).toBe(0);
  });

  it('has a protected alias only after others than who made it approved, and not by a client', async () => {
    for (const env of [project.env, bob]) await project.mlspec(['keys', 'trust', '--threshold', 'approver=1'], env);
    for (const role of ['runner', 'log']) {
      const file = join(folder, `${role}.pub.pem`);
      const name = role === 'log' ? 'log' : 'default';
      await writeFile(file, (await project.mlspec(['keys', 'show', name])).stdout);
      const roles = role === 'log' ? 'log' : 'runner,owner,validator';
      const trusted = await project.mlspec(['keys', 'trust', `alice-${role}`, '--file', file, '--role', roles], bob);
      expect(trusted.code, trusted.stderr).toBe(0);
    }
    expect(await project.mlspec(['models', 'protect', 'penguins', 'canary'])).toMatchObject({ code: 0 });
    const approve = async (env?: NodeJS.ProcessEnv): Promise<Record<string, never>> =>
      json(await project.mlspec(['approve', 'penguins/1.0.0', '--alias', 'canary', '--json'], env));
    expect(await approve()).toMatchObject({ isNew: false, given: 0, needed: 1, isPromoted: false });
    expect(await aliases()).not.toContain('canary');
    expect(await approve(bob)).toMatchObject({
      isNew: false,
      given: 1,
      needed: 1,
      isPromoted: true,
      gates: [],
      missing: [],
    });
    expect(await aliases()).toContain('canary');
    expect(await approve(bob)).toMatchObject({ given: 1, isPromoted: false });
    const { decisions } = json(await project.mlspec(['models', 'decisions', 'penguins', '--json'])) as unknown as {
      decisions: { kind: string; counts: boolean }[];
    };
    expect(decisions.map(({ kind, counts }) => [kind, counts])).toEqual([
      ['move', true],
      ['protect', true],
      ['approve', false],
      ['approve', true],
      ['move', true],
    ]);
    for (const env of [project.env, bob]) await project.mlspec(['keys', 'trust', '--threshold', 'approver=2'], env);
  });

  it('is signed from the store by its name, its alias or its run, and so are its data', async () => {
    const copy = join(folder, 'package');
    const signed = json(await project.mlspec(['sign', 'penguins/production', '--to', copy, '--json']));
    expect(signed).toMatchObject({ name: 'package', folder: copy, signature: `${copy}.sig`, hashedBytes: 0 });
    for (const what of ['penguins', 'penguins/1.0.0', 'latest']) {
      const other = json(await project.mlspec(['sign', what, '--out', `${copy}.sig`, '--json']));
      expect(other).toMatchObject({ fileCount: signed['fileCount'], hashedBytes: 0 });
      expect(await project.mlspec(['verify', copy])).toMatchObject({ code: 0 });
    }
    await writeFile(join(copy, 'MLmodel'), 'another');
    const { code, stdout } = await project.mlspec(['verify', copy]);
    expect([code, stdout]).toEqual([6, expect.stringContaining('MLmodel is changed')]);
    const data = join(folder, 'train.parquet');
    expect(await project.mlspec(['sign', 'latest/splitting/train', '--to', data])).toMatchObject({ code: 0 });
    expect(await project.mlspec(['verify', data])).toMatchObject({ code: 0 });
  });

  it('has the approvals of its own version, and not those of one whose number begins like it', async () => {
    const approveAs = async (pipeline: number): Promise<Record<string, never>> => {
      await inRegistry(`update model_versions set pipeline = ${pipeline}`);
      return json(await project.mlspec(['approve', `penguins/1.0.${pipeline}`, '--json']));
    };
    expect(await approveAs(10)).toMatchObject({ isNew: true, given: 1 });
    expect(await approveAs(1)).toMatchObject({ isNew: true, given: 1 });
    expect(await approveAs(0)).toMatchObject({ isNew: false, given: 2 });
  });

  it('cannot be approved with a key that nobody trusts so, nor where it is unknown', async () => {
    const stranger = { ...project.env, MLSPEC_KEYS_DIR: join(folder, 'stranger') };
    await project.mlspec(['keys', 'new', 'approver', '--role', 'runner'], stranger);
    const refused = await project.mlspec(['approve', 'penguins'], stranger);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('role approver');
    const unknown = await project.mlspec(['approve', 'penguin']);
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain('REGISTRY_MODEL_UNKNOWN');
  });

  it.each(['verify', 'sign', 'serve', 'report card'])(
    'of which there is no such version is not taken for a run: %s',
    async (line) => {
      const asked = await project.mlspec([...line.split(' '), 'penguins/9.9.9']);
      expect(asked.code).toBe(2);
      expect(asked.stderr).toContain('REGISTRY_VERSION_UNKNOWN');
    },
  );

  it('that another package was put under is found', async () => {
    await inRegistry(
      "update model_versions set package_digest = replace(package_digest, substr(package_digest, 8, 1), 'x')",
    );
    const spoilt = await verify('penguins');
    expect(spoilt.code).toBe(6);
    expect(spoilt.broken).toEqual(['model/of-run', 'model/registered', 'model/approved']);
  });
});
