/* The command as people give it: documents in, a run in the record, the documents out again, and everything that is refused. */
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../src/app/index.ts';
import { createProject, type Project } from '../engine/project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
  await rm(join(project.root, 'd.csv'));
});

afterEach(async () => await project.remove());

const id = '6a9a5931-1c1d-47cc-aaf3-ad8b03f70575';
const head = (type: string): string =>
  `schema_version: 0.0.1\nschema_type: ${type}\nrun_id: ${id}\nstep_id: ${id}\nrun_date: 1970-01-11 00:00:00.00000\n`;
const datapath = `# where it lies\n${head('data_path')}DataStore: blobs\nstorage_connection_type: AWS_BLOB\nconnection: {endpoing: 's3://data'}\nextra: 1.50\n`;
const results = `${head('train_results')}training_execution_id: ${id}\naccuracy: 0.93\nglobal_step: 100\nloss: 0.25\n`;
const experiment = `specVersion: 0.0.1\nid: ${id}\nsubmittedDate: '2019-01-01'\nmetrics: {key: auc, value: '0.7'}\n`;
const secret = 'aB1/'.repeat(10);

async function imported(...args: readonly string[]) {
  const { code, stdout, stderr } = await project.mlspec(['import', '--json', ...args]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { code, stderr, ...(JSON.parse(lines.at(-1) ?? '{}') as ImportResult & { ok: boolean }) };
}

const json = async (...args: readonly string[]) => JSON.parse((await project.mlspec([...args, '--json'])).stdout);

describe('documents', () => {
  it('become steps of a run that is shown, verified and written out again', async () => {
    await project.write('old/a.yaml', `${datapath}---\n${results}`);
    await project.write('old/deep/b.yml', experiment);
    await project.write('old/c.json', JSON.stringify({ pipeline: ['one'], steps: { one: { cmd: 'true' } } }));
    await project.write('old/notes.txt', 'no document');
    const first = await imported('old');
    expect(first).toMatchObject({ code: 0, ok: true, run: { state: 'COMPLETE' } });
    expect(first.documents.map(({ step, file, place }) => [step, file, place])).toEqual([
      ['datapath', 'a.yaml', 1],
      ['training_results', 'a.yaml', 2],
      ['pipeline', 'c.json', 1],
      ['experiment', 'deep/b.yml', 1],
    ]);
    expect(first.documents[0]!.spelled.map(({ as }) => as)).toEqual(['data_path', 'DataStore', 'endpoing']);
    expect((await json('ls')).runs[0]).toMatchObject({ id: first.run!.id, spec: 'old', details: { verb: 'import' } });
    const shown = await json('show', 'latest', 'training_results');
    expect(shown.step.execution.values).toMatchObject({ run_id: id, schema_type: 'training_results' });
    expect(shown.metrics.map(({ name, value }: { name: string; value: number }) => [name, value])).toEqual([
      ['accuracy', 0.93],
      ['global_step', 100],
      ['loss', 0.25],
    ]);
    expect(await project.mlspec(['verify', 'latest'])).toMatchObject({ code: 0 });

    expect(await project.mlspec(['export', 'latest', 'all.yaml', '--as', 'mlspec-original'])).toMatchObject({
      code: 0,
    });
    const written = await readFile(join(project.root, 'all.yaml'), 'utf8');
    expect(written).toContain(
      'data_store: blobs\nstorage_connection_type: AWS_BLOB\nconnection:\n  endpoint: "s3://data"\n',
    );
    expect(written).toContain('run_date: 1970-01-11 00:00:00.00000\n');
    expect(written).toContain('extra: 1.50\n');
    const bound = (await json('verify', 'latest')).references;
    expect(bound[0].subjects.map(({ name }: { name: string }) => name)).toContain('document/datapath');
    const second = await imported('all.yaml');
    expect(second).toMatchObject({ code: 0 });
    expect(second.documents.every(({ spelled }) => spelled.length === 0)).toBe(true);
    await project.mlspec(['export', 'latest', 'again.yaml', '--as', 'mlspec-original']);
    expect(await readFile(join(project.root, 'again.yaml'), 'utf8')).toBe(written);
  });

  it('are there byte by byte as they were, and are not recorded anew where nothing changed', async () => {
    await project.write('a.yaml', `${datapath}---\n${results}`);
    expect(await imported('a.yaml')).toMatchObject({ code: 0 });
    for (const step of ['datapath', 'training_results']) {
      await project.mlspec(['show', 'latest', step, '--output', 'original', '--to', `${step}.yaml`]);
      expect(await readFile(join(project.root, `${step}.yaml`), 'utf8')).toBe(`${datapath}---\n${results}`);
    }
    expect(await imported('a.yaml')).toMatchObject({ code: 0 });
    const { steps } = await json('show', 'latest');
    expect(steps.map(({ execution }: { execution: { state: string } }) => execution.state)).toEqual([
      'CACHED',
      'CACHED',
    ]);
    expect(await project.mlspec(['export', 'latest', 'folder'])).toMatchObject({ code: 0 });
    expect(await project.mlspec(['verify', 'folder'])).toMatchObject({ code: 0 });
  });

  it('are only looked at by a dry run', async () => {
    await project.write('a.yaml', datapath);
    expect(await imported('a.yaml', '--dry-run')).toMatchObject({
      code: 0,
      run: null,
      documents: [{ step: 'datapath' }],
    });
    expect((await json('ls')).runs).toEqual([]);
  });
});

describe('what is refused', () => {
  it('is said of all files at once, and nothing is recorded', async () => {
    await project.write('old/a.yaml', results.replace('0.93', 'high').replace('loss: 0.25\n', ''));
    await project.write('old/b.yaml', 'hello: world\n');
    await project.write('old/c.yaml', datapath);
    await writeFile(join(project.root, 'old/d.yaml'), Buffer.from([0x61, 0x3a, 0xff]));
    const ended = await imported('old');
    expect(ended).toMatchObject({ code: 2, ok: false, run: null });
    const errors = ended.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ file, rule }) => `${file} ${rule}`).sort()).toEqual([
      'a.yaml original/missing',
      'a.yaml original/type',
      'b.yaml original/unrecognised',
      'd.yaml original/encoding',
    ]);
    expect((await json('ls')).runs).toEqual([]);
    const plain = await project.mlspec(['import', 'old']);
    expect(plain.stderr).toContain('a.yaml:7:11');
    expect(plain.stderr).toContain('4 errors; nothing was recorded');
  });

  it('are credentials, unless they are to be kept', async () => {
    await project.write(
      'a.yaml',
      datapath.replace("{endpoing: 's3://data'}", `{endpoint: 's3://data', secret_access_key: ${secret}}`),
    );
    const refused = await project.mlspec(['import', 'a.yaml']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('original/credential');
    expect(refused.stderr + refused.stdout).not.toContain(secret);
    const kept = await project.mlspec(['import', 'a.yaml', '--keep-credentials', '--json']);
    expect(kept).toMatchObject({ code: 0 });
    expect(kept.stdout + kept.stderr).not.toContain(secret);
    expect((await project.mlspec(['show', 'latest', 'datapath', '--json'])).stdout).not.toContain(secret);
    await project.mlspec(['export', 'latest', 'out.yaml', '--as', 'mlspec-original']);
    expect(await readFile(join(project.root, 'out.yaml'), 'utf8')).toContain(secret);
  });

  it('is what is not there, too many files, and a run without documents', async () => {
    expect(await project.mlspec(['import', 'nowhere'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ORIGINAL_NOT_FOUND'),
    });
    await mkdir(join(project.root, 'empty'));
    await symlink('/etc/hosts', join(project.root, 'empty', 'link.yaml'));
    expect(await project.mlspec(['import', 'empty'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ORIGINAL_NOT_FOUND'),
    });
    await mkdir(join(project.root, 'many'));
    for (let index = 0; index <= 1000; index++) await writeFile(join(project.root, 'many', `${index}.yaml`), '');
    expect(await project.mlspec(['import', 'many'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ORIGINAL_TOO_MANY'),
    });
    await mkdir(join(project.root, 'large'));
    for (let index = 0; index <= 64; index++) {
      await writeFile(join(project.root, 'large', `${index}.yaml`), '');
      await truncate(join(project.root, 'large', `${index}.yaml`), 2 ** 30);
    }
    expect(await project.mlspec(['import', 'large'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ORIGINAL_TOO_MANY'),
    });
    await project.mlspec(['exec', '--', 'true']);
    const ended = await project.mlspec(['export', 'latest', 'x.yaml', '--as', 'mlspec-original']);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('EXPORT_NOTHING') });
  });

  it('is no name of a file, whatever it holds', async () => {
    const name = 'a\n\u001b[31m$(touch x)..%2f.yaml';
    await project.write(`old/${name}`, datapath);
    const plain = await project.mlspec(['import', 'old']);
    expect(plain).toMatchObject({ code: 0 });
    expect(plain.stdout + plain.stderr).not.toContain('\u001b');
    expect((await imported(join('old', name))).documents[0]!.file).toBe('a\\u{a}\\u{1b}[31m$(touch x)..%2f.yaml');
  });
});
