/*
 * An exported run is verified from its folder alone, by a user who has nothing but a public key; and every change to the
 * folder is found, also one by somebody who signs the folder anew.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile, digestJson } from '../../src/encoding/index.ts';
import { listFolder } from '../../src/provenance/model-signing/index.ts';
import { verifyFolder } from '../../src/verify.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';
import { introduce } from './introduce.ts';
import { signFolderAnew } from './sign-anew.ts';

interface Found {
  readonly code: number | null;
  readonly broken: readonly string[];
  readonly isConsistent: boolean;
}

type FolderKey = Parameters<typeof verifyFolder>[1]['keys'][number];

let project: Project;
let auditor: Project;
let keysDir: string;
let exported: string;
let folder: string;

beforeAll(async () => {
  [project, auditor] = await Promise.all([createProject(), createProject()]);
  keysDir = project.env['MLSPEC_KEYS_DIR']!;
  await project.write('helper.sh', 'echo hi');
  const tree = 'mkdir -p {outputs.out}/sub; echo 1 > {outputs.out}/sub/x; echo 2 > {outputs.out}/y';
  const c = shellStep('c', 'cat {inputs.x} {inputs.y}/y > {outputs.out}', 'inputs: {x: a.out, y: b.out}');
  await project.declare(
    `${shellStep('a', 'sh helper.sh > {outputs.out}', 'files: [helper.sh]')}${shellStep('b', tree)}${c}`,
  );
  await project.run();
  await project.run();
  exported = join(project.root, '..', 'exported');
  folder = join(project.root, '..', 'changed');
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
  await introduce(project, auditor);
});
afterAll(async () => {
  await Promise.all([project.remove(), auditor.remove()]);
});

async function verify(path: string, by = auditor): Promise<Found> {
  const { code, stdout } = await by.mlspec(['verify', path, '--json']);
  const { rules, isConsistent } = JSON.parse(stdout);
  const broken = rules.filter(({ holds }: { holds: boolean }) => !holds).map(({ rule }: { rule: string }) => rule);
  return { code, broken, isConsistent };
}

/** A copy of the export in which something is changed, as the program of somebody who has the public keys finds it. */
async function changed(change: () => Promise<unknown>): Promise<Found> {
  await rm(folder, { recursive: true, force: true });
  await cp(exported, folder, { recursive: true });
  await change();
  const { isGood, rules, isConsistent } = await verifyFolder(folder, { keys: await publicKeys() });
  const broken = rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  return { code: isGood ? 0 : 6, broken, isConsistent };
}

async function publicKeys(): Promise<[FolderKey, FolderKey]> {
  const { keys } = JSON.parse(await readFile(join(exported, 'keys.json'), 'utf8')) as {
    keys: { name: string; publicKey: string }[];
  };
  const keyOf = (name: string): string => keys.find((key) => key.name === name)!.publicKey;
  return [
    { publicKey: keyOf('default'), roles: ['owner', 'runner'] },
    { publicKey: keyOf('log'), roles: ['log'] },
  ];
}

/** Signs the changed copy anew, with the key that signed the export. */
const signAnew = async (): Promise<void> => await signFolderAnew(folder, keysDir);

const allFiles = async (): Promise<string[]> => [...(await listFolder(exported, new Set())).files].sort();

it('is verified by somebody else, who trusts the keys and has nothing more', async () => {
  expect(await verify(exported)).toEqual({ code: 0, broken: [], isConsistent: true });
  expect(await readdir(exported)).toEqual(
    expect.arrayContaining(['declaration.json', 'plan.json', 'report.html', 'run.sig']),
  );
  expect(await readFile(join(exported, 'code', 'helper.sh'), 'utf8')).toBe('echo hi');
  expect(await readdir(auditor.root)).not.toContain('.mlspec');
});

it('is told to be consistent, and no more, where nobody is trusted', async () => {
  const stranger = await createProject();
  const { code, stdout } = await stranger.mlspec(['verify', exported]);
  expect(code).toBe(6);
  expect(stdout).toContain('consistent, signer unknown');
  expect(stdout).toContain('✗ layout/signed');
  await stranger.remove();
});

it('is told to be consistent where owner, runner and validator have keys of their own', async () => {
  const [theirs, stranger] = await Promise.all([createProject(), createProject()]);
  for (const role of ['owner', 'validator']) await theirs.mlspec(['keys', 'new', role, '--role', role]);
  await theirs.declare(shellStep('a', 'echo hi > {outputs.out}'));
  await theirs.run();
  const folder = join(theirs.root, '..', 'exported');
  expect(await theirs.mlspec(['export', 'latest', folder])).toMatchObject({ code: 0 });
  const { keys } = JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8'));
  expect(keys.map(({ name }: { name: string }) => name).sort()).toEqual(['default', 'log', 'owner']);
  expect(await verify(folder, stranger)).toMatchObject({ code: 6, isConsistent: true });
  expect((await verify(folder, theirs)).broken).toEqual([]);
  await Promise.all([theirs.remove(), stranger.remove()]);
});

it('holds no private key and no sealing key', async () => {
  for (const file of await allFiles())
    expect(await readFile(join(exported, file), 'latin1')).not.toMatch(/PRIVATE KEY|sealing-key/);
});

it('is verified by a program that has the public keys and nothing else', async () => {
  const [owner, log] = await publicKeys();
  expect(await verifyFolder(exported, { keys: [owner, log] })).toMatchObject({ isGood: true, isConsistent: true });
  const brokenBy = async (by: Parameters<typeof verifyFolder>[1]): Promise<string[]> => {
    const { isGood, rules } = await verifyFolder(exported, by);
    expect(isGood).toBe(false);
    return rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  };
  expect(await brokenBy({ keys: [owner] })).toContain('log/holds');
  expect(await brokenBy({ keys: [log] })).toContain('layout/signed');
  expect(await brokenBy({ keys: [{ ...owner, roles: ['runner'] }, log] })).toContain('layout/signed');
  expect(await brokenBy({ keys: [owner, log], thresholds: { owner: 2 } })).toContain('layout/signed');
  for (const role of ['runner', 'validator'] as const)
    expect(await brokenBy({ keys: [owner, log], thresholds: { [role]: 2 } })).toEqual(['statements/signed']);
  expect(await brokenBy({ keys: [owner, log], thresholds: { log: 2 } })).toEqual(['log/holds']);
  expect(await verifyFolder(exported, { keys: [] })).toMatchObject({ isGood: false, isConsistent: true });
  await expect(verifyFolder(exported, { keys: [{ publicKey: 'no key', roles: ['owner'] }] })).rejects.toMatchObject({
    code: 'PROVENANCE_PUBLIC_KEY_BAD',
  });
  await expect(verifyFolder(project.root, { keys: [] })).rejects.toMatchObject({ code: 'EXPORT_BAD' });
});

describe('a file', () => {
  it('one more, and a link: found', async () => {
    expect(await changed(() => writeFile(join(folder, 'more'), ''))).toMatchObject({
      code: 6,
      broken: ['export/whole'],
    });
    expect(await changed(() => symlink('run.json', join(folder, 'link')))).toMatchObject({ broken: ['export/whole'] });
    const deep = async (): Promise<void> => {
      await mkdir(join(folder, 'artifacts', 'deep'));
      await writeFile(join(folder, 'artifacts', 'deep', 'x'), 'x');
    };
    expect(await changed(deep)).toMatchObject({ broken: ['export/whole'] });
  });
});

describe('a folder that was changed and signed anew', () => {
  const resigned = async (change: () => Promise<unknown>): Promise<Found> =>
    await changed(async () => {
      await change();
      await signAnew();
    });
  const lines = async (): Promise<string[]> =>
    (await readFile(join(folder, 'statements.intoto.jsonl'), 'utf8')).trimEnd().split('\n');
  const setLines = async (all: readonly string[]): Promise<void> =>
    await writeFile(join(folder, 'statements.intoto.jsonl'), all.map((line) => `${line}\n`).join(''));

  it('is good where nothing was changed', async () => {
    expect(await resigned(async () => undefined)).toEqual({ code: 0, broken: [], isConsistent: true });
  });

  it('a statement changed, a proof of another, an artifact changed: found, each by its rule', {
    timeout: 600_000,
  }, async () => {
    const edit = async (): Promise<void> => {
      const [first, ...rest] = await lines();
      const envelope = JSON.parse(first!);
      const body = Buffer.from(envelope.payload, 'base64').toString().replace('"seed":0', '"seed":1');
      await setLines([JSON.stringify({ ...envelope, payload: Buffer.from(body).toString('base64') }), ...rest]);
    };
    expect((await resigned(edit)).broken).toContain('layout/signed');
    const proofs = (await readdir(join(exported, 'proofs'))).sort();
    const swap = async () => cp(join(exported, 'proofs', proofs[0]!), join(folder, 'proofs', proofs[1]!));
    expect((await resigned(swap)).broken).toContain('log/holds');
    const artifacts = (await readdir(join(exported, 'artifacts'))).sort();
    for (const name of artifacts) {
      const found = await resigned(() => writeFile(join(folder, 'artifacts', name), 'other'));
      expect([name, found.broken]).toEqual([name, ['artifacts/whole']]);
    }
  });

  const asStated = { code: 6, broken: ['export/as-stated'], isConsistent: false };
  it.each([
    ['declaration.json', '"name":"tiny"', '"name":"tiny2"'],
    ['declaration.json', '{', '{ '],
    ['plan.json', 'helper.sh', 'helpes.sh'],
    ['code/helper.sh', 'hi', 'ho'],
  ])('%s of which %s was changed, which no artifact and no statement is: found', async (file, from, to) => {
    const edit = async (): Promise<void> => {
      const text = await readFile(join(exported, file), 'utf8');
      expect(text).toContain(from);
      await writeFile(join(folder, file), text.replace(from, to));
    };
    expect(await resigned(edit)).toEqual(asStated);
  });

  it('declaration and plan taken away, code that nobody loaded, and a lock of another environment: found', async () => {
    for (const file of ['declaration.json', 'plan.json'])
      expect(await resigned(() => rm(join(folder, file)))).toEqual(asStated);
    for (const file of ['{', '[]', 'null'])
      expect(await resigned(() => writeFile(join(folder, 'plan.json'), file))).toEqual(asStated);
    expect(await resigned(() => writeFile(join(folder, 'code', 'more.sh'), 'echo hi'))).toEqual(asStated);
    const packages = { pandas: '3.0.0' };
    const lock = { python: '3.12.1', implementation: 'CPython', platform: 'linux-x64', packages };
    const put = async (text: string): Promise<void> => {
      await mkdir(join(folder, 'environments'));
      const digest = digestJson({ version: 1, ...lock });
      await writeFile(join(folder, 'environments', `${digest.slice('sha256:'.length)}.json`), text);
    };
    expect((await resigned(() => put(JSON.stringify(lock)))).broken).toEqual([]);
    const other = { ...lock, packages: { pandas: '3.0.1' } };
    expect(await resigned(() => put(JSON.stringify(other)))).toEqual(asStated);
    expect(await resigned(() => put('{'))).toEqual(asStated);
  });
});

it('goes into a new or empty folder only, and only of a run that is there', async () => {
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('EXPORT_PLACE_TAKEN'),
  });
  expect((await project.mlspec(['export', 'run_none', join(folder, 'x')])).stderr).toContain('METADATA_RUN_UNKNOWN');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'run.json'), '{}');
  expect((await auditor.mlspec(['verify', folder])).stderr).toContain('EXPORT_BAD');
});

it('as one file, by somebody who has not the key of the log: it is written and stated, and the log is told to lag', async () => {
  const path = join(project.root, '..', 'by-another.json');
  const other = { MLSPEC_KEYS_DIR: join(project.root, '..', 'keys-of-another') };
  const checkpoint = () => readFile(join(project.root, '.mlspec', 'log', 'checkpoint'), 'utf8');
  const before = await checkpoint();
  const written = await project.mlspec(['export', 'latest', path, '--as', 'openlineage', '--json'], other);
  expect(written.code, written.stderr).toBe(0);
  expect(written.stderr).toContain('the log was not brought up to date: PROVENANCE_LOG_FORKED');
  const { digest, statement } = JSON.parse(written.stdout) as { digest: string; statement: string };
  expect((await digestFile(path)).digest).toBe(digest);
  const stated = await project.withRecord(async (metadata) => await metadata.allStatements());
  expect(stated.map((one) => one.digest)).toContain(statement);
  expect(await checkpoint()).toBe(before);
  // Whoever has the key of the log takes it in.
  expect((await project.mlspec(['log', 'publish'])).code).toBe(0);
  expect(await verify('latest', project)).toMatchObject({ code: 0, broken: [] });
});
