/*
 * What is served is stated, and verified to be what packaging made: by the rule alone, against statements that lie; and
 * from a release to a server and back, against changes of the folder, the record and the log.
 */
import { readFileSync } from 'node:fs';
import { appendFile, chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { digestOf } from '../../src/encoding/index.ts';
import { type Deployment, deploymentStatement } from '../../src/provenance/deployment-statement.ts';
import { hashLeaf } from '../../src/provenance/log/merkle.ts';
import { formatBundle, parseBundle, tilePath } from '../../src/provenance/log/tiles.ts';
import type { Signer } from '../../src/provenance/signer.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { endOf, type Project, said } from '../engine/project.ts';
import { createPenguinsProject } from './penguins-project.ts';
import { by, owner, runWith, served, spec, withLater } from './signed-run.ts';

describe('the rule', () => {
  interface Said {
    readonly deployment?: Partial<Deployment>;
    readonly signer?: Signer;
    readonly place?: number | null;
  }

  /** A run of which a deployment was stated and logged. */
  const deployed = async ({ deployment = {}, ...later }: Said = {}): Promise<RunEvidence> =>
    await withLater(await runWith(), deploymentStatement({ ...served, ...deployment }), later);
  const broken = async (evidence: RunEvidence): Promise<string[]> =>
    (await verifyRun(evidence, by)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);

  it('holds of the package that packaging made, and tells it', async () => {
    const verdict = await verifyRun(await deployed(), by);
    expect(verdict).toMatchObject({
      isGood: true,
      deployments: [{ model: 'flights/1.0.0', packageDigest: served.packageDigest }],
    });
  });

  const leftOut = ({ about, ...rest }: RunEvidence): RunEvidence => ({ ...rest, about: about.slice(0, -1) });

  it.each([
    ['a folder that was changed after packaging', { packageDigest: digestOf('changed') }],
    ['the package of another run', { packageDigest: digestOf('another/package') }],
    ['another declaration', { spec: { ...spec, digest: digestOf('another') } }],
  ] as const)('is broken by %s; taking the statement away is found, too', async (_, deployment) => {
    const evidence = await deployed({ deployment });
    expect(await broken(evidence)).toEqual(['serving/packaged']);
    expect(await broken(leftOut(evidence))).toEqual(['log/complete']);
  });

  it('is broken by a statement that was removed, that says something else now, or that nobody signed who counts', async () => {
    const evidence = await deployed();
    expect(await broken(leftOut(evidence))).toEqual(['log/complete']);
    const other = (await deployed({ deployment: { packageDigest: digestOf('x') } })).about.at(-1)!;
    const swapped = {
      ...other,
      envelope: { ...other.envelope, signatures: evidence.about.at(-1)!.envelope.signatures },
    };
    expect(await broken({ ...evidence, about: [...evidence.about.slice(0, -1), swapped] })).toEqual(['log/complete']);
    expect(await broken(await deployed({ signer: owner }))).toEqual(['serving/packaged']);
    expect(await broken({ ...evidence, logged: null })).toEqual(['log/complete']);
  });

  it('looks at nothing that no log holds', async () => {
    const verdict = await verifyRun(await deployed({ place: null, deployment: { packageDigest: digestOf('x') } }), by);
    expect(verdict).toMatchObject({ isGood: true, deployments: [] });
  });
});

describe('a server', { timeout: 240_000 }, () => {
  let project: Project;
  let state: string;
  let copy: string;
  interface Ready {
    readonly statement: string | null;
    readonly told: string;
  }

  async function serve(what: string, env: NodeJS.ProcessEnv = {}): Promise<Ready> {
    const child = project.start(['serve', what, '--port', '0', '--json'], env);
    const ended = endOf(child);
    await said(child, /"type":"ready"/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    return { statement: JSON.parse(stdout.trim().split('\n').at(-1)!).statement, told: stderr };
  }

  async function verify(what = 'penguins'): Promise<{ code: number | null; broken: string[]; deployments: unknown[] }> {
    const { code, stdout } = await project.mlspec(['verify', what, '--json']);
    const { rules, deployments } = JSON.parse(stdout) as {
      rules: { rule: string; holds: boolean }[];
      deployments: unknown[];
    };
    return { code, deployments, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule) };
  }

  async function sql(statement: string): Promise<void> {
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    expect(await database.run(statement)).toBeGreaterThan(0);
    await database.close();
  }

  async function spoiltBy(change: () => Promise<unknown>): Promise<string[]> {
    await change();
    const { broken } = await verify();
    await rm(state, { recursive: true });
    await cp(copy, state, { recursive: true });
    return broken;
  }

  beforeAll(async () => {
    project = await createPenguinsProject();
    state = join(project.root, '.mlspec');
    copy = join(project.root, '..', 'copy');
    expect(await project.mlspec(['release', '--yes', '--profile', 'quick'])).toMatchObject({ code: 0 });
    const package_ = join(project.root, '..', 'package');
    expect(await project.mlspec(['sign', 'penguins', '--to', package_])).toMatchObject({ code: 0 });
  });
  afterAll(async () => await project.remove());

  it('states what it serves: by name, by run, and from a folder that is what packaging made', async () => {
    for (const what of ['penguins', 'latest', '../package']) {
      const { statement, told } = await serve(what);
      expect(statement, told).toMatch(/^sha256:/);
      expect(told).toContain(`attested ${statement}`);
    }
    const { code, broken, deployments } = await verify();
    expect({ code, broken }).toEqual({ code: 0, broken: [] });
    expect(deployments).toMatchObject(Array(3).fill({ model: 'penguins/1.0.0' }));
    expect((await project.mlspec(['verify', 'penguins'])).stdout).toContain('served   penguins/1.0.0 sha256:');
    await cp(state, copy, { recursive: true });
  });

  it('says it in the published form', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    const rows = await database.all<{ body: string }>(
      "select body from run_statements where predicate_type = 'urn:mlspec:predicate:deployment:v1'",
    );
    await database.close();
    const schema = JSON.parse(readFileSync(join(repositoryRoot, 'schemas/predicate-deployment.schema.json'), 'utf8'));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.compile(schema);
    expect(rows.length).toBe(3);
    for (const { body } of rows) expect(isValid(JSON.parse(body).predicate), ajv.errorsText(isValid.errors)).toBe(true);
  });

  it('is exported with its run, and verified from the folder', async () => {
    const exported = join(project.root, '..', 'exported');
    expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
    expect(await verify(exported)).toMatchObject({ code: 0, deployments: { length: 3 } });
  });

  it('of which statements were removed, exchanged or moved is found out', async () => {
    const where = "where predicate_type = 'urn:mlspec:predicate:deployment:v1'";
    const removed = await spoiltBy(() => sql(`delete from run_statements ${where}`));
    expect(removed).toEqual(['log/complete']);
    const exchanged = await spoiltBy(() =>
      sql(`update run_statements set body = replace(body, '"port":', '"port":1') ${where}`),
    );
    expect(exchanged).toEqual(['log/complete']);
    const moved = await spoiltBy(() =>
      sql(`update run_statements set predicate_type = 'https://in-toto.io/attestation/svr/v0.2', body = '{}' ${where}`),
    );
    expect(moved).toContain('log/complete');
  });

  it('puts its copy right where that was changed, and states nothing of a folder that was', async () => {
    const served = join(state, 'served');
    const [folder] = (await readdir(served)) as [string];
    const file = join(served, folder, 'MLmodel');
    const right = await readFile(file, 'utf8');
    await appendFile(file, ' ');
    expect((await serve('penguins')).statement).toMatch(/^sha256:/);
    expect(await readFile(file, 'utf8')).toBe(right);
    await appendFile(join(project.root, '..', 'package', 'MLmodel'), ' ');
    const changed = await serve('../package');
    expect(changed).toMatchObject({ statement: null, told: expect.stringContaining('not attested: no run') });
    expect(await verify()).toMatchObject({ code: 0, deployments: { length: 4 } });
  });

  it('answers without a key, or with one that it cannot use, and says so', async () => {
    const nowhere = join(project.root, '..', 'no-keys');
    const without = await serve('penguins', { MLSPEC_KEYS_DIR: nowhere });
    expect(without).toMatchObject({ statement: null, told: expect.stringContaining('no key here to sign with') });
    await mkdir(nowhere, { mode: 0o700 });
    await writeFile(join(nowhere, 'default.pem'), 'no key');
    await chmod(join(nowhere, 'default.pem'), 0o600);
    const spoilt = await serve('penguins', { MLSPEC_KEYS_DIR: nowhere });
    expect(spoilt).toMatchObject({ statement: null, told: expect.stringContaining('PROVENANCE_KEY_BAD') });
  });

  it('whose statement was removed is missed, also where its entry was exchanged in the files of a long log', async () => {
    // So that the deployment stands in other tiles than the run, and these are full.
    const grow = async (): Promise<void> => {
      await sql(`with recursive n (i) as (select 0 union all select i + 1 from n where i < 299)
        insert into log_entries select (select size from log_size) + i, '{"mlspec":"statement/v1","signedBy":[]}' from n`);
      await sql('update log_size set size = size + 300');
    };
    await grow();
    const { statement } = await serve('penguins');
    await grow();
    expect(await project.mlspec(['log', 'publish'])).toMatchObject({ code: 0 });
    expect(await verify()).toMatchObject({ code: 0, deployments: { length: 5 } });
    const where = `where digest = '${statement}'`;
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    const place = Number(
      (await database.first<{ at: number }>(`select log_place as at from run_statements ${where}`))!.at,
    );
    await database.close();
    await sql(`delete from run_statements ${where}`);
    await sql(`update log_entries set entry = '{"mlspec":"statement/v1","signedBy":[]}' where place = ${place}`);
    const at = Math.floor(place / 256);
    expect(at).toBeGreaterThan(0);
    const fileOf = (level: number | 'entries'): string =>
      join(state, 'log', tilePath({ level, index: at, width: 256 }));
    const entries = parseBundle(await readFile(fileOf('entries')));
    entries[place % 256] = Buffer.from('{"mlspec":"statement/v1","signedBy":[]}');
    await writeFile(fileOf('entries'), formatBundle(entries));
    const hashes = await readFile(fileOf(0));
    hashLeaf(entries[place % 256]!).copy(hashes, (place % 256) * 32);
    await writeFile(fileOf(0), hashes);
    expect(await verify()).toMatchObject({ code: 6, broken: expect.arrayContaining(['log/complete']) });
    expect((await project.mlspec(['log', 'monitor', '--once'])).stdout).toContain('expected the hashes in tile/0/');
  });
});
