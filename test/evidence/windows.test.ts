/*
 * What production data were compared with is stated, and verified to be what the run trained on: from a release to two windows and
 * back, against changes of the record, the log, the key and the file, and against leaving them out of an export.
 */
import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { digestFile, digestOf } from '../../src/encoding/index.ts';
import { formatBundle, parseBundle } from '../../src/provenance/log/tiles.ts';
import type { MonitoringWindow } from '../../src/provenance/monitoring-statement.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { createProject, type Project } from '../engine/project.ts';
import { introduce } from './introduce.ts';
import { createPenguinsProject } from './penguins-project.ts';
import { signFolderAnew } from './sign-anew.ts';

const where = "where predicate_type = 'urn:mlspec:predicate:monitoring-window:v1'";

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
  /** Somebody else, who has the public keys. */
  let auditor: Project;
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
  afterAll(async () => {
    await Promise.all([project.remove(), auditor?.remove()]);
  });

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
      expect([attack, await spoiltBy(() => sql(attack))]).toEqual([
        attack,
        [attack.includes('signatures') ? 'monitoring/trained' : 'log/complete'],
      ]);
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
    expect(await spoiltBy(replayed, 'latest')).toEqual(['log/complete']);
    expect(await verify()).toMatchObject({ code: 0, windows: { length: before } });
  });

  it('is exported with its run, and verified from the folder by somebody else', async () => {
    const exported = join(project.root, '..', 'exported');
    expect(await project.mlspec(['export', 'latest~1', exported])).toMatchObject({ code: 0 });
    auditor = await createProject();
    await introduce(project, auditor);
    expect(await verify(exported, auditor)).toMatchObject({ code: 0, broken: [], windows: { length: 2 } });
    const told = (await auditor.mlspec(['verify', exported])).stdout;
    expect(told).toMatch(/log {6}mlspec\.local\/\S+ up to its entry \d+, of 20\d\d-\S+; of later ones nothing is said/);
  });

  describe('left out by whoever signs the export', () => {
    /** The folder, without statements of windows and their proofs, and changed besides; signed anew as it is then. */
    async function withoutWindows(
      change: (folder: string) => Promise<unknown> = async () => undefined,
    ): Promise<string> {
      const folder = join(project.root, '..', 'left-out');
      await rm(folder, { recursive: true, force: true });
      await cp(join(project.root, '..', 'exported'), folder, { recursive: true });
      const file = join(folder, 'statements.intoto.jsonl');
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const bodyOf = (line: string): Buffer => Buffer.from(JSON.parse(line).payload, 'base64');
      const windows = lines.filter((line) => bodyOf(line).includes('monitoring-window'));
      expect(windows.length).toBe(2);
      await writeFile(file, `${lines.filter((line) => !windows.includes(line)).join('\n')}\n`);
      for (const line of windows)
        await rm(join(folder, 'proofs', `${digestOf(bodyOf(line)).slice('sha256:'.length)}.tlog-proof`));
      await change(folder);
      await signFolderAnew(folder, project.env['MLSPEC_KEYS_DIR']!);
      return folder;
    }
    const bundleOf = async (folder: string): Promise<string> => {
      const files = await readdir(join(folder, 'log/tile/entries'), { recursive: true, withFileTypes: true });
      const bundle = files.find((one) => one.isFile())!;
      return join(bundle.parentPath, bundle.name);
    };
    const found = { code: 6, broken: ['log/complete'] };

    it('is missed', async () => {
      expect(await verify(await withoutWindows(), auditor)).toMatchObject(found);
    });

    it('is missed, too, without the log, with other entries in it, or with that of another checkpoint', async () => {
      const without = await withoutWindows((folder) => rm(join(folder, 'log'), { recursive: true }));
      expect(await verify(without, auditor)).toMatchObject(found);
      const exchanged = await withoutWindows(async (folder) => {
        const path = await bundleOf(folder);
        const entries = parseBundle(await readFile(path)).map((entry) =>
          entry.includes('monitoring-window') ? Buffer.from('{}') : entry,
        );
        await writeFile(path, formatBundle(entries));
      });
      expect(await verify(exchanged, auditor)).toMatchObject(found);
      const another = join(project.root, '..', 'another');
      await rm(another, { recursive: true, force: true });
      expect(await project.mlspec(['export', 'latest', another])).toMatchObject({ code: 0 });
      const moved = await withoutWindows(async (folder) => {
        await rm(join(folder, 'log'), { recursive: true });
        await cp(join(another, 'log'), join(folder, 'log'), { recursive: true });
      });
      expect(await verify(moved, auditor)).toMatchObject(found);
    });

    it('is missed in a log whose entries do not say of which run they are, as those of earlier versions', async () => {
      // What an earlier version left: the record, and the files of the log made of it.
      const [run, execution] = ['run', 'execution'].map((name) => {
        const rest = `substr(entry, instr(entry, '"${name}":"'))`;
        return `substr(entry, instr(entry, '"${name}":"'), instr(${rest}, '",') + 1)`;
      });
      await sql(`update log_entries set entry = replace(entry, ${execution}, '') where entry like '%"execution":"%'`);
      await sql(`update log_entries set entry = replace(entry, ${run}, '')`);
      await rm(join(state, 'log'), { recursive: true });
      expect(await project.mlspec(['log', 'publish'])).toMatchObject({ code: 0 });
      const folder = join(project.root, '..', 'exported');
      await rm(folder, { recursive: true });
      expect(await project.mlspec(['export', 'latest~1', folder])).toMatchObject({ code: 0 });
      expect(await verify('latest~1')).toMatchObject({ code: 0, broken: [] });
      expect(await verify(folder, auditor)).toMatchObject({ code: 0, broken: [], windows: { length: 2 } });
      // The window of the later run is told to be of that by its text, which lies beside the log.
      expect((await readFile(join(folder, 'others.jsonl'), 'utf8')).trimEnd().split('\n').length).toBe(1);
      expect(await verify(await withoutWindows(), auditor)).toMatchObject(found);
      const untold = await withoutWindows((copied) => rm(join(copied, 'others.jsonl')));
      expect(await verify(untold, auditor)).toMatchObject(found);
      await rm(state, { recursive: true });
      await cp(copy, state, { recursive: true });
    });
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
