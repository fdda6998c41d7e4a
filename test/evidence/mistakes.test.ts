/*
 * The commands of evidence, asked for what cannot be: each says what it expected, what it found, where and what to do, ends with
 * the exit code of its kind, and nothing that was there is lost or left half done.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';

let project: Project;
let exported: string;
let place: string;
let count = 0;

beforeAll(async () => {
  project = await createProject();
  await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
  expect(await project.run(['--until', 'ingestion'])).toMatchObject({ code: 0 });
  exported = join(project.root, '..', 'exported');
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
});
afterAll(async () => await project.remove());
beforeEach(async () => {
  count += 1;
  place = join(project.root, '..', `place-${count}`);
  await mkdir(place);
});

function expectTold(
  ended: Ended,
  told: { readonly code: number; readonly error: string; readonly says?: string },
): void {
  expect(ended.stderr).toContain(`error[${told.error}]`);
  expect(ended.stderr).toContain(told.says ?? '');
  expect(ended.stderr).not.toMatch(/ENOENT|ENOTDIR|EISDIR|INTERNAL|\n {4}at /);
  expect(ended.code).toBe(told.code);
}

describe('what is written', () => {
  const writers: readonly (readonly string[])[] = [
    ['export', 'latest', '%', '--as', 'mlschema'],
    ['report', 'latest', '--out', '%'],
    ['report', 'governance', 'latest', '--out', '%'],
  ];
  const to = (writer: readonly string[], path: string): string[] => writer.map((part) => (part === '%' ? path : part));

  it.each(writers)('takes the place of its like, and of nothing else: %s %s %s', async (...writer) => {
    const declaration = join(project.root, 'mlspec.yaml');
    const before = await readFile(declaration, 'utf8');
    expectTold(await project.mlspec(to(writer, declaration)), { code: 1, error: 'EXPORT_PLACE_TAKEN' });
    expect(await readFile(declaration, 'utf8')).toBe(before);
    await writeFile(join(place, 'notes'), 'mine\n');
    expectTold(await project.mlspec(to(writer, join(place, 'notes'))), { code: 1, error: 'EXPORT_PLACE_TAKEN' });
    expect(await readFile(join(place, 'notes'), 'utf8')).toBe('mine\n');
    expectTold(await project.mlspec(to(writer, '/dev/null')), { code: 1, error: 'EXPORT_PLACE_TAKEN' });
    await writeFile(join(place, 'out'), '');
    for (const _ of ['empty', 'its like'])
      expect(await project.mlspec(to(writer, join(place, 'out')))).toMatchObject({ code: 0 });
  });

  it('never takes the place of a declaration, though that is JSON as it is itself', async () => {
    const declaration = {
      mlspec: 1,
      name: 'tiny',
      task: { kind: 'custom' },
      ingestion: { sources: { d: { csv: 'd.csv' } } },
    };
    const text = JSON.stringify(declaration, null, 2);
    await writeFile(join(project.root, 'other.json'), text);
    const asked = ['export', 'latest', 'other.json', '--as', 'mlschema', '--spec', 'other.json'];
    expectTold(await project.mlspec(asked), { code: 1, error: 'EXPORT_PLACE_TAKEN', says: 'the declaration' });
    expect(await readFile(join(project.root, 'other.json'), 'utf8')).toBe(text);
  });

  it.each(writers)('needs a folder to be in: %s %s %s', async (...writer) => {
    await writeFile(join(place, 'file'), 'x');
    const inNothing = await project.mlspec(to(writer, join(place, 'none', 'out')));
    expectTold(inNothing, { code: 2, error: 'PLACE_NOT_WRITABLE', says: 'its folder is not there' });
    const inFile = await project.mlspec(to(writer, join(place, 'file', 'out')));
    expectTold(inFile, { code: 2, error: 'PLACE_NOT_WRITABLE', says: 'a part of its path is a file' });
    expectTold(await project.mlspec(to(writer, place)), { code: 1, error: 'EXPORT_PLACE_TAKEN', says: 'a folder' });
  });

  it('a run is exported where a folder can be, and nowhere else', async () => {
    await writeFile(join(place, 'file'), 'x');
    expectTold(await project.mlspec(['export', 'latest', join(place, 'file', 'x', 'y')]), {
      code: 2,
      error: 'PLACE_NOT_WRITABLE',
    });
    expectTold(await project.mlspec(['export', 'latest', '/proc/none/such']), { code: 2, error: 'PLACE_NOT_WRITABLE' });
    expectTold(await project.mlspec(['export', 'nothing', join(place, 'new')]), {
      code: 2,
      error: 'METADATA_RUN_UNKNOWN',
    });
    expect(await readdir(place)).toEqual(['file']);
  });
});

describe('an exported run', () => {
  it('is not carried out inside itself', async () => {
    const before = await readdir(exported);
    const again = ['reproduce', exported, '--into'];
    expectTold(await project.mlspec([...again, join(exported, 'again')]), { code: 1, error: 'EXPORT_PLACE_TAKEN' });
    expect(await readdir(exported)).toEqual(before);
  });

  it('leaves nothing where its files are not found, so that it can be asked for again', async () => {
    const again = ['reproduce', exported, '--into', join(place, 'again')];
    const without = await project.mlspec([...again, '--files', place]);
    expectTold(without, { code: 2, error: 'EXPORT_NOT_REPRODUCIBLE' });
    expect(await readdir(place)).toEqual([]);
    expect(await project.mlspec(again)).toMatchObject({ code: 0 });
  });

  it.each(['keys.json', 'run.sig', 'plan.json'])('of which %s is cut or lost is not verified', async (file) => {
    await cp(exported, place, { recursive: true });
    await truncate(join(place, file), 20);
    const cut = await project.mlspec(['verify', place]);
    expect(cut).toMatchObject({ code: 6, stderr: '' });
    expect(cut.stdout).toContain('✗ export/whole');
    await rm(join(place, file));
    const lost = await project.mlspec(['verify', place]);
    expect(lost).toMatchObject({ code: 6, stderr: '' });
    expect(lost.stdout).toContain(`${file} is missing`);
  });

  it('that lost its run.json is one still, and says what it lacks', async () => {
    await cp(exported, place, { recursive: true });
    await rm(join(place, 'run.json'));
    expectTold(await project.mlspec(['verify', place]), { code: 2, error: 'EXPORT_BAD', says: 'run.json' });
  });
});

describe('keys', () => {
  const keys = async (...args: string[]): Promise<Ended> => await project.mlspec(['keys', ...args]);

  it('have names that files can have', async () => {
    for (const name of ['../../x', '', 'a b'])
      expectTold(await keys('new', name), { code: 2, error: 'PROVENANCE_KEY_NAME' });
  });

  it('of others are public keys in a file', async () => {
    const trust = async (file: string): Promise<Ended> =>
      await keys('trust', 'pal', '--role', 'approver', '--file', file);
    await writeFile(join(place, 'bytes'), Buffer.from([0, 255, 1, 254]));
    expectTold(await trust(join(place, 'none.pem')), { code: 2, error: 'CLI_USAGE', says: 'no file there' });
    expectTold(await trust(place), { code: 2, error: 'CLI_USAGE', says: 'a folder' });
    expectTold(await trust(join(place, 'bytes')), { code: 2, error: 'PROVENANCE_PUBLIC_KEY_BAD' });
    const secret = join(project.env['MLSPEC_KEYS_DIR']!, 'default.pem');
    expectTold(await trust(secret), { code: 2, error: 'PROVENANCE_PUBLIC_KEY_BAD', says: 'a private key' });
  });

  it('that are unknown are not revoked, and of one that was revoked no other is made', async () => {
    expectTold(await keys('revoke', 'nobody'), { code: 2, error: 'PROVENANCE_KEY_UNKNOWN' });
    expect(await keys('new', 'gone')).toMatchObject({ code: 0 });
    expect(await keys('rotate', 'gone')).toMatchObject({ code: 0 });
    expect(await keys('revoke', 'gone', '--yes')).toMatchObject({ code: 0 });
    const before = await readdir(project.env['MLSPEC_KEYS_DIR']!);
    expectTold(await keys('rotate', 'gone'), { code: 1, error: 'PROVENANCE_KEY_ENDED' });
    expect(await readdir(project.env['MLSPEC_KEYS_DIR']!)).toEqual(before);
    expect((await keys('show', 'nobody')).stderr.match(/gone/g)).toHaveLength(1);
  });
});

it('a folder with nothing in it is not signed', async () => {
  const signed = await project.mlspec(['sign', place]);
  expectTold(signed, { code: 2, error: 'PROVENANCE_NOTHING_TO_SIGN' });
});

it.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ['a link to a file', (path: string) => symlinkSync(join(project.root, 'mlspec.yaml'), path)],
])('sign refuses %s', async (_what, make) => {
  const path = join(place, 'strange');
  make(path);
  expectTold(await project.mlspec(['sign', path]), { code: 2, error: 'ARTIFACT_UNSUPPORTED_FILE', says: path });
});

it('sign says so where a path leads nowhere', async () => {
  const path = join(place, 'nowhere');
  expectTold(await project.mlspec(['sign', path]), { code: 2, error: 'ARTIFACT_NOT_FOUND', says: path });
});

it.each(['{bad', '{"id": 5}', '{"id": "../../elsewhere"}', ''])(
  'the id of a project that is spoilt is never replaced by another: %j',
  async (text) => {
    const path = join(project.root, '.mlspec', 'project.json');
    const before = await readFile(path, 'utf8');
    try {
      await writeFile(path, text);
      for (const command of ['run', 'log', 'release']) {
        const words = command === 'log' ? ['log', 'verify'] : [command];
        expectTold(await project.mlspec(words), { code: 1, error: 'PROJECT_ID_BAD', says: path });
      }
      expect(await readFile(path, 'utf8')).toBe(text);
      expect((await readdir(join(project.root, '..', 'keys'))).filter((name) => name.endsWith('.sealing'))).toEqual([]);
    } finally {
      await writeFile(path, before);
    }
  },
);

it.each(['verify', 'publish'])('log %s, where nothing was recorded, says so and leaves no trace', async (action) => {
  const other = await createProject();
  try {
    expectTold(await other.mlspec(['log', action]), { code: 2, error: 'LOG_NOTHING' });
    expect(await readdir(other.root)).toEqual(['d.csv']);
  } finally {
    await other.remove();
  }
});
