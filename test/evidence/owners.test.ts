/*
 * Two owners of one run: one signs what it has to be before it begins, the other agrees when it has ended. Verification that
 * asks for two says no before, and yes after.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { agreementStatement, envelopeOf, type Signer, signStatement } from '../../src/provenance/index.ts';
import { type Trust, toTrusted, withEnd, withKey } from '../../src/provenance/keys/index.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { type Presented, presentedDigest } from '../../src/provenance/verify/evidence.ts';
import { verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';
import { by, now, owner, runner, runWith, spec, stranger, trust } from './signed-run.ts';

describe('what counts as an agreement', () => {
  const second = newSigner();
  const two: Trust = {
    ...withKey(trust, toTrusted(second, { name: 'second', roles: ['owner'] })),
    thresholds: { owner: 2 },
  };

  /** The statements that the owner signed: the layout, and the objectives. */
  const owned = (evidence: RunEvidence): readonly Presented[] => evidence.about.slice(0, 2);

  async function agreement(
    to: Presented,
    signer: Signer,
    place: number | null = 90,
    run = 'run_1',
  ): Promise<Presented> {
    const statement = agreementStatement({
      ...{ run, signer: signer.keyId, policy: spec, atMs: now, note: null },
      to: { name: `layout/${run}`, digest: presentedDigest(to) },
    });
    return { envelope: envelopeOf(await signStatement(statement, [signer], now)), place };
  }

  async function broken(evidence: RunEvidence, more: readonly Presented[], by2: Trust = two): Promise<string[]> {
    const verdict = await verifyRun({ ...evidence, about: [...evidence.about, ...more] }, { ...by, trust: by2 });
    return verdict.rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  }

  test('that of another trusted owner to each statement, in the log', async () => {
    const evidence = await runWith();
    const [layout, objectives] = owned(evidence) as [Presented, Presented];
    const both = [await agreement(layout, second), await agreement(objectives, second, 91)];
    expect(await broken(evidence, [])).toContain('layout/signed');
    expect(await broken(evidence, both)).toEqual([]);
    const { owners } = await verifyRun({ ...evidence, about: [...evidence.about, ...both] }, { ...by, trust: two });
    expect(owners).toEqual([owner.keyId, second.keyId]);
    // Each of them is needed: the layout alone leaves objectives to which one owner committed.
    expect(await broken(evidence, both.slice(0, 1))).toEqual(expect.arrayContaining(['objectives/committed']));
    expect(await broken(evidence, both.slice(1))).toContain('layout/signed');
    // Nobody who asks for one owner is hindered by them.
    expect(await broken(evidence, both, trust)).toEqual([]);
  });

  test('not that of the same owner again, of a stranger, of a runner, of nobody', async () => {
    const evidence = await runWith();
    const [layout] = owned(evidence) as [Presented];
    for (const signer of [owner, stranger, runner, newSigner()])
      expect(await broken(evidence, [await agreement(layout, signer)])).toContain('layout/signed');
    const three = { ...two, thresholds: { owner: 3 } };
    const twice = [await agreement(layout, second), await agreement(layout, second, 91)];
    expect(await broken(evidence, twice, three)).toContain('layout/signed');
  });

  test('not to another statement, of another run, outside the log, or with another word', async () => {
    const evidence = await runWith();
    const [layout] = owned(evidence) as [Presented];
    const end = evidence.about.at(-1)!;
    const other = await agreement(layout, second);
    const body = Buffer.from(other.envelope.payload, 'base64').toString();
    const changed = Buffer.from(body.replace('MLSPEC_OWNER_AGREED', 'MLSPEC_APPROVED')).toString('base64');
    for (const one of [
      await agreement(end, second),
      await agreement(layout, second, 90, 'run_2'),
      await agreement(layout, second, null),
      { ...other, envelope: { ...other.envelope, payload: changed } },
    ])
      expect(await broken(evidence, [one])).toContain('layout/signed');
  });

  test('not that of a key that was revoked before it agreed, although the layout stood in the log then', async () => {
    const evidence = await runWith();
    const agreed = [];
    for (const [index, one] of owned(evidence).entries()) agreed.push(await agreement(one, second, 90 + index));
    const revoked = (before: number): Trust =>
      withEnd(two, second.keyId, { why: 'revoked', atMs: now, loggedBefore: { [evidence.origin!]: before } });
    expect(await broken(evidence, agreed, revoked(100))).toEqual([]);
    expect(await broken(evidence, agreed, revoked(90))).toContain('layout/signed');
  });
});

describe('on the command line', () => {
  let project: Project;
  let folder: string;
  let bob: NodeJS.ProcessEnv;
  const json = <T>(ended: Ended): T => JSON.parse(ended.stdout.trim().split('\n').at(-1)!) as T;
  const verify = async (
    what = 'latest',
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number | null; broken: string[]; owners: string[] }> => {
    const ended = await project.mlspec(['verify', what, '--json'], env);
    const { rules, owners } = json<{ rules: { rule: string; holds: boolean }[]; owners: string[] }>(ended);
    return { code: ended.code, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule), owners };
  };

  beforeAll(async () => {
    project = await createProject();
    folder = await mkdtemp(join(tmpdir(), 'owners-'));
    bob = { MLSPEC_KEYS_DIR: join(folder, 'bob') };
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    for (const env of [{}, bob]) await project.mlspec(['keys', 'new', 'owner', '--role', 'owner'], env);
    expect((await project.run()).code).toBe(0);
    const introduce = async (
      key: string,
      from: NodeJS.ProcessEnv,
      to: NodeJS.ProcessEnv,
      role: string,
    ): Promise<void> => {
      const file = join(folder, `${key}.pem`);
      await writeFile(file, (await project.mlspec(['keys', 'show', key], from)).stdout);
      const name = `their-${key}`;
      expect((await project.mlspec(['keys', 'trust', name, '--file', file, '--role', role], to)).code).toBe(0);
    };
    await introduce('owner', bob, {}, 'owner');
    expect((await project.mlspec(['approve', 'latest', '--as', 'owner'], bob)).stderr).toContain(
      'PROVENANCE_KEY_UNKNOWN',
    );
    await introduce('owner', {}, bob, 'owner');
    for (const env of [{}, bob])
      expect((await project.mlspec(['keys', 'trust', '--threshold', 'owner=2'], env)).code).toBe(0);
  });
  afterAll(async () => {
    await project.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('a run is verified once the second owner has agreed, and no other run by that', async () => {
    expect(await verify()).toMatchObject({ code: 6, broken: expect.arrayContaining(['layout/signed']) });
    const own = await project.mlspec(['approve', 'latest', '--as', 'owner', '--json']);
    expect(json(own)).toMatchObject({ agreedTo: 0, given: 1, needed: 2 });
    const agreed = await project.mlspec(
      ['approve', 'latest', '--as', 'owner', '--note', 'as discussed', '--json'],
      bob,
    );
    expect(json(agreed)).toMatchObject({ agreedTo: 1, given: 2, needed: 2 });
    expect(agreed.stderr).toContain('the log was not brought up to date');
    // What no log holds does not count.
    expect(await verify()).toMatchObject({ code: 6, broken: expect.arrayContaining(['layout/signed']) });
    expect((await project.mlspec(['log', 'publish'])).code).toBe(0);
    expect(await verify()).toMatchObject({ code: 0, broken: [], owners: [expect.any(String), expect.any(String)] });
    expect((await project.mlspec(['log', 'verify'])).code).toBe(0);
    const again = await project.mlspec(['approve', 'latest', '--as', 'owner'], bob);
    expect(again.stdout).toMatch(/signed or agreed to before: run_\w+ with the key \w{12}\n2 of 2 owners/);
    const first = json<{ run: string }>(own).run;
    expect((await project.run(['--force'])).code).toBe(0);
    expect(await verify()).toMatchObject({ code: 6, broken: expect.arrayContaining(['layout/signed']) });
    expect(await verify(first)).toMatchObject({ code: 0 });
    const exported = join(folder, 'exported');
    expect((await project.mlspec(['export', first, exported])).code).toBe(0);
    expect(await verify(exported)).toMatchObject({ code: 0, owners: [expect.any(String), expect.any(String)] });
  });

  it('takes the agreement away, and it is found', async () => {
    const [run] = await project.withRecord(async (metadata) => (await metadata.listRuns()).slice(-1));
    const state = join(project.root, '.mlspec');
    await cp(state, join(folder, 'state'), { recursive: true });
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    expect(await database.run(`delete from run_statements where body like '%MLSPEC_OWNER_AGREED%'`)).toBe(1);
    await database.close();
    expect(await verify(run!.id)).toMatchObject({ code: 6, broken: expect.arrayContaining(['layout/signed']) });
    await rm(state, { recursive: true });
    await cp(join(folder, 'state'), state, { recursive: true });
    expect(await verify(run!.id)).toMatchObject({ code: 0 });
  });

  it('asks for a role that there is, a run that there is, and a key that may', async () => {
    expect(await project.mlspec(['approve', 'latest', '--as', 'king'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI_USAGE'),
    });
    expect((await project.mlspec(['approve', 'run_none', '--as', 'owner'])).stderr).toContain('METADATA_RUN_UNKNOWN');
    const nobody = { MLSPEC_OWNER_KEY: '', MLSPEC_KEYS_DIR: join(folder, 'carol') };
    await project.mlspec(['keys', 'new', 'default', '--role', 'runner'], nobody);
    const refused = await project.mlspec(['approve', 'latest', '--as', 'owner'], nobody);
    expect(refused.stderr).toContain('expected a key that is trusted with the role owner');
  });
});
