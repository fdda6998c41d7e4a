/*
 * The level that the evidence of a run reaches: real releases that reach each, and what each falls to where one thing that its level
 * asks for is taken away.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { createProject, type Project } from '../engine/project.ts';
import { createReleaseProject, type ReleaseProject } from '../release/project.ts';
import { introduce } from './introduce.ts';
import { signFolderAnew } from './sign-anew.ts';
import { handKey, startWitness, type WitnessProcess } from './witness-process.ts';

const slow = { timeout: 600_000 };
const gate = `objectives:
  gates: {final: {on: test, reliability: 0.95, uses: 3}}
  require: {good: new.accuracy > 0.8 +/- 0.05}
testing: {gates: [final]}
`;
const checks = 'validation: {checks: [x between 0 and 1]}\n';
const judged = 'evaluation: {on: validation}\n';
const twoKeys = 'an owner whose key is not the one that signs for the steps';
const seen = 'a checkpoint of the log that a trusted witness signed too';

interface Reached {
  readonly code: number | null;
  readonly level: string;
  readonly next: string | null;
  readonly missing: readonly string[];
}

async function levelOf(by: Project, what = 'latest'): Promise<Reached> {
  const { code, stdout, stderr } = await by.mlspec(['verify', what, '--json']);
  expect(stderr).toBe('');
  const { reached } = JSON.parse(stdout) as { reached: Omit<Reached, 'code'> };
  return { code, ...reached };
}

describe('one user, one key, no witness', slow, () => {
  let project: ReleaseProject;

  beforeAll(async () => {
    project = await createReleaseProject();
  });
  afterAll(() => project.remove());

  it('a run up to its evaluation is signed: nothing was tested, nothing packaged', async () => {
    await project.describe(0.5, gate + checks + judged);
    await project.carryOut('run');
    expect(await levelOf(project)).toEqual({
      ...{ code: 0, level: 'signed', next: 'lifecycle' },
      missing: ['a step of the stage testing', 'a step of the stage packaging'],
    });
  });

  it('a release with a gate on a sealed part is a lifecycle', async () => {
    const released = await project.carryOut('release');
    expect(released.gates).toMatchObject([{ verdict: 'pass' }]);
    expect(await levelOf(project)).toEqual({
      ...{ code: 0, level: 'lifecycle', next: 'witnessed', missing: [twoKeys, seen] },
    });
    const told = (await project.mlspec(['verify'])).stdout;
    expect(told).toMatch(/^level {4}lifecycle; witnessed asks for an owner/m);
  });

  it('whose evidence was changed is recorded', async () => {
    const state = join(project.root, '.mlspec');
    const copy = join(project.root, '..', 'copy');
    await cp(state, copy, { recursive: true });
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    expect(await database.run("delete from run_statements where predicate_type like '%test-result%'")).toBeGreaterThan(
      0,
    );
    await database.close();
    expect(await levelOf(project)).toEqual({
      ...{ code: 6, level: 'recorded', next: 'signed', missing: ['a run of which every rule holds'] },
    });
    await rm(state, { recursive: true });
    await cp(copy, state, { recursive: true });
    expect(await levelOf(project)).toMatchObject({ level: 'lifecycle' });
  });

  it('a release without a gate is signed', async () => {
    await project.describe(0.5, checks + judged);
    expect((await project.carryOut('release')).ended.code).toBe(0);
    expect(await levelOf(project)).toEqual({
      ...{ code: 0, level: 'signed', next: 'lifecycle', missing: ['a step of the stage testing'] },
    });
  });
});

describe('an owner and a validator beside the runner, and a witness', slow, () => {
  let project: ReleaseProject;
  let auditor: Project;
  let witness: WitnessProcess;
  let exported: string;

  beforeAll(async () => {
    [project, auditor] = await Promise.all([createReleaseProject(), createProject()]);
    exported = join(project.root, '..', 'exported');
    for (const role of ['owner', 'validator'])
      expect(await project.mlspec(['keys', 'new', role, '--role', role])).toMatchObject({ code: 0 });
    await project.describe(0.5, gate + checks + judged);
    expect((await project.carryOut('release')).gates).toMatchObject([{ verdict: 'pass' }]);
    witness = await startWitness(project);
    const [own, its] = [project.env, witness.env];
    await handKey(project, { name: 'log', role: 'log' }, { from: own, to: its });
    await handKey(project, { name: 'witness', role: 'witness' }, { from: its, to: own });
    await handKey(project, { name: 'witness', role: 'witness' }, { from: its, to: auditor.env });
    await handKey(project, { name: 'owner', role: 'owner' }, { from: own, to: auditor.env });
    await introduce(project, auditor);
  });
  afterAll(async () => {
    await witness.end();
    await Promise.all([project.remove(), auditor.remove()]);
  });

  it('is a lifecycle before the witness has seen the log, and witnessed behind that, also for somebody else', async () => {
    expect(await levelOf(project)).toEqual({ code: 0, level: 'lifecycle', next: 'witnessed', missing: [seen] });
    expect(await project.mlspec(['log', 'cosign', witness.url])).toMatchObject({ code: 0 });
    expect(await levelOf(project)).toEqual({ code: 0, level: 'witnessed', next: null, missing: [] });
    expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
    expect(await levelOf(auditor, exported)).toEqual({ code: 0, level: 'witnessed', next: null, missing: [] });
  });

  it('falls to lifecycle for who asks for two witnesses, or trusts none', async () => {
    const fallen = { code: 0, level: 'lifecycle', next: 'witnessed', missing: [seen] };
    expect(
      await auditor.mlspec(['keys', 'new', 'second', '--algorithm', 'ed25519', '--role', 'witness']),
    ).toMatchObject({ code: 0 });
    expect(await auditor.mlspec(['keys', 'trust', '--threshold', 'witness=2'])).toMatchObject({ code: 0 });
    expect(await levelOf(auditor, exported)).toEqual(fallen);
    expect(await auditor.mlspec(['keys', 'trust', '--threshold', 'witness=1'])).toMatchObject({ code: 0 });
    expect(await levelOf(auditor, exported)).toMatchObject({ level: 'witnessed' });
    expect(await auditor.mlspec(['keys', 'revoke', 'their-witness', '--yes'])).toMatchObject({ code: 0 });
    expect(await levelOf(auditor, exported)).toEqual(fallen);
    const path = join(project.root, '.mlspec', 'log', 'checkpoint');
    const note = await readFile(path, 'utf8');
    await writeFile(path, note.replace(/^— mlspec\.witness.*\n/mu, ''));
    expect(await levelOf(project)).toEqual(fallen);
    await writeFile(path, note);
    expect(await levelOf(project)).toMatchObject({ level: 'witnessed' });
  });

  it('falls to lifecycle where the witness did not see that nothing is left out', async () => {
    const folder = join(project.root, '..', 'unseen');
    await cp(exported, folder, { recursive: true });
    const path = join(folder, 'log', 'checkpoint');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/^— mlspec\.witness.*\n/mu, ''));
    await signFolderAnew(folder, project.env['MLSPEC_KEYS_DIR']!);
    expect(await levelOf(project, folder)).toEqual({ code: 0, level: 'lifecycle', next: 'witnessed', missing: [seen] });
  });

  it('falls to recorded where anything in the folder is another', async () => {
    const folder = join(project.root, '..', 'spoilt');
    await cp(exported, folder, { recursive: true });
    await writeFile(join(folder, 'declaration.json'), ' ');
    expect(await levelOf(project, folder)).toMatchObject({ code: 6, level: 'recorded' });
  });
});
