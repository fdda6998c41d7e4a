/*
 * What production data were compared with is stated, and verified to be what the run trained on: by the rule alone, against
 * statements that lie; and from a release to two windows and back, against changes of the record, the log, the key and the file.
 */
import { readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { digestFile, digestOf } from '../../src/encoding/index.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { type MonitoringWindow, monitoringWindowStatement } from '../../src/provenance/monitoring-statement.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { acceptedStatements } from '../../src/provenance/verify/index.ts';
import { verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { createProject, type Project } from '../engine/project.ts';
import { introduce } from './introduce.ts';
import { createPenguinsProject } from './penguins-project.ts';
import { by, owner, runWith, spec, stranger, watched, withLater } from './signed-run.ts';

const where = "where predicate_type = 'urn:mlspec:predicate:monitoring-window:v1'";

describe('the rule', () => {
  const broken = async (evidence: RunEvidence): Promise<string[]> =>
    (await verifyRun(evidence, by)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  const stated = async (lie: Partial<MonitoringWindow> = {}): Promise<RunEvidence> =>
    await withLater(await runWith(), monitoringWindowStatement({ ...watched, ...lie }));
  const trainedOn = (lie: Partial<MonitoringWindow['trained']>): Partial<MonitoringWindow> => ({
    trained: { ...watched.trained, ...lie },
  });

  it('holds of the training part and its profile, and tells what was found', async () => {
    const evidence = await stated();
    const verdict = await verifyRun(evidence, by);
    expect(verdict).toMatchObject({
      isGood: true,
      windows: [{ model: 'flights/1.0.0', rowCount: 100, columnCount: 2, drifted: ['distance', 'hour'], place: 100 }],
    });
    expect(acceptedStatements(evidence, by.trust).at(-1)).toMatchObject({ kind: 'window', place: 100 });
  });

  it.each([
    ['the validation part', trainedOn({ dataset: digestOf('splitting/validation') })],
    ['the sealed part', trainedOn({ dataset: digestOf('splitting/test') })],
    ['the transformed part', trainedOn({ dataset: digestOf('transformation/train') })],
    ['the training part of another run', trainedOn({ dataset: digestOf('another') })],
    ['the profile of another run', trainedOn({ profile: digestOf('another') })],
    ['another output as the profile', trainedOn({ profile: digestOf('validation/report') })],
    ['another declaration', { spec: { ...spec, digest: digestOf('another') } }],
  ] as const)('is broken by %s, also when the statement is taken away', async (_, lie) => {
    const evidence = await stated(lie);
    expect(await broken(evidence)).toEqual(['monitoring/trained']);
    expect(await broken({ ...evidence, about: evidence.about.slice(0, -1) })).toEqual(['monitoring/trained']);
  });

  it('is broken by a profile that was made of another part than training had', async () => {
    const other = digestOf('splitting/validation');
    const run = await runWith({
      facts: (facts) =>
        facts.step === 'analysis' ? { ...facts, inputs: [{ ...facts.inputs[0]!, digest: other }] } : facts,
    });
    const evidence = await withLater(run, monitoringWindowStatement(watched));
    expect(await broken(evidence)).toEqual(['flow/inputs', 'monitoring/trained']);
  });

  it('is broken by a statement that says something else now, has another form, or that nobody signed who counts', async () => {
    const evidence = await stated();
    const other = (await stated({ window: { ...watched.window, rowCount: 101 } })).about.at(-1)!;
    const { signatures } = evidence.about.at(-1)!.envelope;
    const swapped = { ...other, envelope: { ...other.envelope, signatures } };
    const put = (last: RunEvidence['about'][number]): RunEvidence => ({
      ...evidence,
      about: [...evidence.about.slice(0, -1), last],
    });
    expect(await broken(put(swapped))).toEqual(['monitoring/trained']);
    expect(await broken(await stated({ falseAlarmRate: 2 }))).toEqual(['monitoring/trained']);
    for (const signer of [owner, newSigner()])
      expect(await broken(await withLater(await runWith(), monitoringWindowStatement(watched), { signer }))).toEqual([
        'monitoring/trained',
      ]);
    expect(await broken({ ...evidence, windowsLogged: null })).toEqual(['monitoring/trained']);
  });

  it('counts a key that is trusted as runner by now, and looks at nothing that no log holds', async () => {
    const byOther = await withLater(await runWith(), monitoringWindowStatement(watched), { signer: stranger });
    expect(await broken(byOther)).toEqual([]);
    const lie = monitoringWindowStatement({ ...watched, ...trainedOn({ dataset: digestOf('another') }) });
    const verdict = await verifyRun(await withLater(await runWith(), lie, { place: null }), by);
    expect(verdict).toMatchObject({ isGood: true, windows: [] });
  });

  it('is told of no run but its own', async () => {
    const verdict = await verifyRun({ ...(await stated({ run: 'run_2' })), windowsLogged: [] }, by);
    expect(verdict).toMatchObject({ isGood: true, windows: [] });
  });
});

describe('mlspec monitor', { timeout: 240_000 }, () => {
  interface Found {
    readonly columns: readonly { readonly name: string; readonly drifted: boolean }[];
    readonly onlyReference: readonly string[];
    readonly window: MonitoringWindow['window'];
    readonly trained: MonitoringWindow['trained'];
    readonly statement: string | null;
    readonly run: string;
  }
  let project: Project;
  let state: string;
  let copy: string;
  const bounds = ['--from', '2026-03-01', '--to', '2026-04-01'];

  async function monitor(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Found & { code: number | null }> {
    const { code, stdout, stderr } = await project.mlspec(['monitor', ...args, '--json'], env);
    expect([0, 1], stderr).toContain(code);
    return { code, ...(JSON.parse(stdout) as Found) };
  }

  async function verify(
    what = 'penguins',
    by = project,
  ): Promise<{ code: number | null; broken: string[]; windows: unknown[] }> {
    const { code, stdout } = await by.mlspec(['verify', what, '--json']);
    const { rules, windows } = JSON.parse(stdout) as { rules: { rule: string; holds: boolean }[]; windows: unknown[] };
    return { code, windows, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule) };
  }

  async function sql(statement: string): Promise<void> {
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    expect(await database.run(statement)).toBeGreaterThan(0);
    await database.close();
  }

  async function spoiltBy(change: () => Promise<unknown>, what?: string): Promise<string[]> {
    await change();
    const { broken } = await verify(what);
    await rm(state, { recursive: true });
    await cp(copy, state, { recursive: true });
    return broken;
  }

  interface Served {
    readonly island: string;
    readonly beak_length_mm: number | null;
    readonly beak_depth_mm: number | null;
    readonly flipper_length_mm: number | null;
    readonly body_mass_g: number | null;
    readonly day: string;
  }

  /** The penguins as one would ask about them, over sixty days from March. */
  async function penguins(): Promise<Served[]> {
    const rows = JSON.parse(await readFile(join(project.root, 'data/penguins.json'), 'utf8')) as Record<
      string,
      never
    >[];
    return rows.map((row, index) => ({
      island: row['Island']!,
      beak_length_mm: row['Beak Length (mm)']!,
      beak_depth_mm: row['Beak Depth (mm)']!,
      flipper_length_mm: row['Flipper Length (mm)']!,
      body_mass_g: row['Body Mass (g)']!,
      day: new Date(Date.UTC(2026, 2, 1 + ((index * 37) % 60), 12)).toISOString(),
    }));
  }

  beforeAll(async () => {
    project = await createPenguinsProject();
    state = join(project.root, '.mlspec');
    copy = join(project.root, '..', 'copy');
    const declared = await readFile(join(project.root, 'mlspec.yaml'), 'utf8');
    const timed = declared
      .replace('key: [row]', 'key: [row]\n  time: day')
      .replace(
        'as row,',
        "as row,\n      timestamp '2025-01-01' + to_hours(cast(row_number() over () as integer)) as day,",
      );
    await project.write('mlspec.yaml', timed);
    expect(await project.mlspec(['release', '--yes', '--profile', 'quick'])).toMatchObject({ code: 0 });
    const rows = await penguins();
    await project.write('served.json', JSON.stringify(rows));
    const heavy = rows.map((row) => ({
      ...row,
      body_mass_g: row.body_mass_g === null ? null : row.body_mass_g + 1500,
    }));
    await project.write('heavy.json', JSON.stringify(heavy));
  });
  afterAll(async () => await project.remove());

  it('compares the rows of a window with the training part, and states it', async () => {
    const same = await monitor(['penguins', 'served.json', ...bounds]);
    expect(same.code).toBe(0);
    expect(same.columns.map(({ name }) => name).sort()).toEqual([
      'beak_depth_mm',
      'beak_length_mm',
      'body_mass_g',
      'flipper_length_mm',
      'island',
    ]);
    const rows = (await penguins()).filter(({ day }) => day < '2026-04-01');
    expect(same.window).toMatchObject({ from: '2026-03-01T00:00:00.000Z', timeColumn: 'day', rowCount: rows.length });
    expect(same.window.leftOutRowCount).toBe((await penguins()).length - rows.length);
    const heavy = await monitor(['latest', 'heavy.json', '--from', '2026-03-31T22:00:00-02:00', '--to', '2026-05-01']);
    expect(heavy.columns.filter(({ drifted }) => drifted).map(({ name }) => name)).toEqual(['body_mass_g']);
    expect(heavy).toMatchObject({ code: 1, window: { from: '2026-04-01T00:00:00.000Z' } });
    const made = await project.withRecord(async (metadata) => {
      const executions = await metadata.executions(same.run);
      const events = await metadata.events(executions.map(({ id }) => id));
      const digestOfPort = async (step: string, port: string): Promise<string> => {
        const { id } = executions.find((one) => one.step === step)!;
        const event = events.find((one) => one.executionId === id && one.port === port && one.direction === 'OUTPUT')!;
        return (await metadata.artifacts([event.artifactId]))[0]!.digest;
      };
      return [await digestOfPort('splitting', 'train'), await digestOfPort('analysis', 'statistics')];
    });
    expect([same.trained.dataset, same.trained.profile]).toEqual(made);
    expect(await verify()).toMatchObject({
      ...{ code: 0, broken: [] },
      windows: [
        { model: 'penguins/1.0.0', drifted: [] },
        { model: null, drifted: ['body_mass_g'] },
      ],
    });
    const told = (await project.mlspec(['verify', 'penguins'])).stdout;
    expect(told).toMatch(/watched {2}2026-03-01T\S+ to 2026-04-01T\S+, \d+ rows, 5 columns, no drift/);
    await cp(state, copy, { recursive: true });
  });

  it('says it in the published form, with the digest of the file and no value of a row', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    const rows = await database.all<{ body: string }>(`select body from run_statements ${where} order by log_place`);
    await database.close();
    const schema = readFileSync(join(repositoryRoot, 'schemas/predicate-monitoring-window.schema.json'), 'utf8');
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.compile(JSON.parse(schema));
    expect(rows.length).toBe(2);
    for (const { body } of rows) expect(isValid(JSON.parse(body).predicate), ajv.errorsText(isValid.errors)).toBe(true);
    const { digest } = await digestFile(join(project.root, 'served.json'));
    expect(JSON.parse(rows[0]!.body).subject).toEqual([
      { name: 'window', digest: { sha256: digest.slice('sha256:'.length) } },
    ]);
    expect(rows.map(({ body }) => body).join()).not.toMatch(/Torgersen|Biscoe|Dream/);
  });

  it('of which statements were removed, exchanged, given to another run or unsigned is found out', async () => {
    const [first] = (await verify()).windows as { statement: string }[];
    const one = `where digest = '${first!.statement}'`;
    const attacks = [
      `delete from run_statements ${where}`,
      `delete from run_statements ${one}`,
      `update run_statements set body = replace(body, '"rowCount":', '"rowCount":1') ${one}`,
      `update run_statements set signatures = replace(signatures, '"sig":"M', '"sig":"N') ${one}`,
      `update run_statements set signatures = '[]' ${one}`,
      `update run_statements set log_place = 0 ${one}`,
      `update run_statements set body = replace(body, 'monitoring-window', 'erasure') ${one}`,
    ];
    for (const attack of attacks)
      expect([attack, await spoiltBy(() => sql(attack))]).toEqual([attack, ['monitoring/trained']]);
    expect(await verify()).toMatchObject({ code: 0, broken: [] });
  });

  it('of another run does not stand for one of this run', async () => {
    const before = (await verify()).windows.length;
    expect(await project.mlspec(['run', '--param', 'rounds=51'])).toMatchObject({ code: 0 });
    const other = await monitor(['latest', 'served.json', ...bounds]);
    expect(await verify('latest')).toMatchObject({ broken: [], windows: { length: 1 } });
    await rm(copy, { recursive: true });
    await cp(state, copy, { recursive: true });
    const run = ((await project.withRecord(async (metadata) => metadata.listRuns())) as { id: string }[]).at(-1)!.id;
    const replayed = (): Promise<void> =>
      sql(`update run_statements set run_id = '${run}' where digest = '${other.statement}'`);
    expect(await spoiltBy(replayed, 'latest')).toEqual(['monitoring/trained']);
    expect(await verify()).toMatchObject({ code: 0, windows: { length: before } });
  });

  it('is exported with its run, and verified from the folder by somebody else', async () => {
    const exported = join(project.root, '..', 'exported');
    expect(await project.mlspec(['export', 'latest~1', exported])).toMatchObject({ code: 0 });
    const auditor = await createProject();
    await introduce(project, auditor);
    expect(await verify(exported, auditor)).toMatchObject({ code: 0, broken: [], windows: { length: 2 } });
    const file = join(exported, 'statements.intoto.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const isWindow = (line: string): boolean =>
      Buffer.from(JSON.parse(line).payload, 'base64').includes('monitoring-window');
    expect(lines.filter(isWindow).length).toBe(2);
    await writeFile(file, `${lines.filter((line) => !isWindow(line)).join('\n')}\n`);
    expect(await verify(exported, auditor)).toMatchObject({ code: 6, broken: ['export/whole'] });
    await auditor.remove();
  });

  it('watches the columns that are declared, or asked for; one that the window lacks counts', async () => {
    await project.write('short.json', JSON.stringify((await penguins()).map(({ island, ...row }) => row)));
    const short = await monitor(['penguins', 'short.json', ...bounds]);
    expect(short).toMatchObject({ code: 1, onlyReference: ['island'] });
    const asked = await monitor(['penguins', 'short.json', ...bounds, '--column', 'body_mass_g']);
    expect(asked).toMatchObject({ code: 0, columns: [{ name: 'body_mass_g' }] });
    const unknown = await project.mlspec(['monitor', 'penguins', 'short.json', ...bounds, '--column', 'wings']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('CONFIG_BAD_VALUE') });
  });

  it('takes bounds as they are said where there is no time, and states nothing without a key', async () => {
    await project.write('timeless.json', JSON.stringify((await penguins()).map(({ day, ...row }) => row)));
    const said = await monitor(['penguins', 'timeless.json', ...bounds]);
    expect(said.window).toMatchObject({ timeColumn: null, leftOutRowCount: 0 });
    const nowhere = { MLSPEC_KEYS_DIR: join(project.root, '..', 'no-keys') };
    const unstated = await project.mlspec(['monitor', 'penguins', 'served.json', ...bounds], nowhere);
    expect(unstated).toMatchObject({ code: 0, stderr: expect.stringContaining('not attested: there is no key') });
  });

  it.each([
    [['penguins', 'served.json'], 'CLI_USAGE'],
    [['penguins', 'served.json', '--from', '2026-02-30', '--to', '2026-04-01'], 'CONFIG_BAD_VALUE'],
    [['penguins', 'served.json', '--from', '2026-03-01T10:00', '--to', '2026-04-01'], 'CONFIG_BAD_VALUE'],
    [['penguins', 'served.json', '--from', '2026-04-01', '--to', '2026-04-01'], 'CONFIG_BAD_VALUE'],
    [['penguins', 'served.json', '--from', '2030-03-01', '--to', '2030-04-01'], 'INGESTION_NO_ROWS'],
    [['penguins', 'nothing.json', ...bounds], 'DATA_NO_FILE'],
    [['penguins/9.9.9', 'served.json', ...bounds], 'REGISTRY_VERSION_UNKNOWN'],
    [['nobody', 'served.json', ...bounds], 'METADATA_RUN_UNKNOWN'],
  ])('%j is a clear error', async (args, code) => {
    const { code: exit, stderr } = await project.mlspec(['monitor', ...args]);
    expect([1, 2]).toContain(exit);
    expect(stderr).toContain(code);
  });
});
