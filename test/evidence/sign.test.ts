/*
 * What a project makes, and any folder, signed from the command line and verified from the disk, by the keys that the user
 * trusts; every change is found and named. The reference tool of OpenSSF Model Signing on the other side of each.
 */
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { digestFile } from '../../src/encoding/index.ts';
import { testPython } from '../../tools/python-env.ts';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';

interface Signed {
  readonly signature: string;
  readonly folder: string | null;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly hashedBytes: number;
  readonly leftOut: readonly string[];
  readonly stated: { readonly statement: string | null; readonly run: string | null; readonly why: string | null };
}
interface Found {
  readonly code: number | null;
  /** Problems of the rules that are broken. */
  readonly broken: Readonly<Record<string, readonly string[]>>;
  readonly signedBy: readonly string[];
  readonly outside: readonly string[];
}

let project: Project;
let base: string;
let model: string;
const sevenMegabytes = 'head -c 7000000 /dev/zero > {outputs.out}/weights.bin';

beforeAll(async () => {
  project = await createProject();
  base = join(project.root, '..');
  const tree = `mkdir -p {outputs.out}/sub; ${sevenMegabytes}; echo 1 > {outputs.out}/sub/x; touch {outputs.out}/.gitignore`;
  await project.declare(
    `${shellStep('tree', tree)}${shellStep('one', 'echo 1 > {outputs.out}')}${shellStep('plain', 'mkdir {outputs.out}; echo 1 > {outputs.out}/a; echo 2 > {outputs.out}/x; chmod +x {outputs.out}/x')}`,
  );
  expect((await project.run()).code).toBe(0);
  await sign(['latest/tree/out', '--to', join(base, 'original')]);
});
beforeEach(async () => {
  model = join(base, 'model');
  for (const path of [model, `${model}.sig`]) await rm(path, { recursive: true, force: true });
  await cp(join(base, 'original'), model, { recursive: true });
  await cp(join(base, 'original.sig'), `${model}.sig`);
});
afterAll(() => project.remove());

async function sign(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Signed> {
  const ended = await project.mlspec(['sign', ...args, '--json'], env);
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return JSON.parse(ended.stdout);
}

async function verify(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Found> {
  const { code, stdout } = await project.mlspec(['verify', ...args, '--json'], env);
  const verdict = JSON.parse(stdout) as {
    rules: { rule: string; holds: boolean; broken: string[] }[];
    signedBy: { name: string }[];
    outside: string[];
  };
  const broken = verdict.rules.filter(({ holds }) => !holds).map(({ rule, broken: own }) => [rule, own.toSorted()]);
  const { outside } = verdict;
  return { code, broken: Object.fromEntries(broken), signedBy: verdict.signedBy.map(({ name }) => name), outside };
}

const good = { code: 0, broken: {}, signedBy: ['default'], outside: [] };
const wrong = (...problems: readonly string[]): Partial<Found> => ({ code: 6, broken: { 'content/whole': problems } });
const isError = ({ code, stderr }: Ended, expected: string): void => {
  expect(stderr).toContain(expected);
  expect([1, 2]).toContain(code);
};

describe('content of the store', () => {
  it('a folder, from its digests alone, with the signature beside its copy', async () => {
    const signed = await sign(['latest/tree/out', '--to', join(base, 'copy')]);
    expect(signed).toMatchObject({
      ...{ signature: join(base, 'copy.sig'), folder: join(base, 'copy'), fileCount: 2, hashedBytes: 0 },
      ...{ sizeBytes: 7_000_002, leftOut: ['.gitignore'] },
    });
    expect(await verify([join(base, 'copy')])).toEqual({ ...good, outside: ['.gitignore'] });
    isError(
      await project.mlspec(['sign', 'latest/tree/out', '--to', join(base, 'copy')]),
      'ARTIFACT_DESTINATION_EXISTS',
    );
  });

  it('in parts, which are hashed; a single file; by digest; without a copy', async () => {
    const parts = await sign(['latest/tree/out', '--to', join(base, 'parts'), '--shard-size', '2 MB']);
    expect(parts).toMatchObject({ hashedBytes: 7_000_002 });
    expect(await verify([join(base, 'parts')])).toMatchObject({ code: 0 });
    const one = await sign(['latest/one/out', '--to', join(base, 'one.txt')]);
    expect(one).toMatchObject({ fileCount: 1, sizeBytes: 2, hashedBytes: 0 });
    expect(await verify([join(base, 'one.txt')])).toEqual(good);
    await appendFile(join(base, 'one.txt'), '2');
    expect(await verify([join(base, 'one.txt')])).toMatchObject(wrong('. is changed'));
    const digest = await project.withRecord(async (metadata) => {
      const [run] = await metadata.listRuns();
      const made = (await metadata.executions(run!.id)).find(({ step }) => step === 'tree')!.id;
      const outputs = (await metadata.events([made])).filter(({ port }) => port === 'out');
      return (await metadata.artifacts(outputs.map(({ artifactId }) => artifactId)))[0]!.digest;
    });
    const alone = await sign([digest, '--out', join(base, 'alone.sig')]);
    expect(alone).toMatchObject({ folder: null, hashedBytes: 0 });
    expect(await verify([model, '--signature', join(base, 'alone.sig')])).toMatchObject({ code: 0 });
  });

  it('what there is not is an error', async () => {
    isError(await project.mlspec(['sign', 'nothing']), 'ARTIFACT_NOT_FOUND');
    isError(await project.mlspec(['sign', 'latest/tree/nothing']), 'ARTIFACT_NOT_FOUND');
    isError(await project.mlspec(['sign', 'latest']), 'ARTIFACT_NOT_FOUND');
    isError(await project.mlspec(['sign', 'latest/tree/out', '--shard-size', '5 kB']), 'ENCODING_BAD_QUANTITY');
    isError(await project.mlspec(['sign', 'latest/tree/out', '--out', 'mlspec.yaml']), 'EXPORT_PLACE_TAKEN');
    isError(await project.mlspec(['sign', model, '--to', join(base, 'x')]), 'EXPORT_PLACE_TAKEN');
  });
});

describe('a folder on disk', () => {
  it('whole and in parts, with the signature beside it or in it', async () => {
    expect(await sign([model])).toMatchObject({ signature: `${model}.sig`, fileCount: 2, hashedBytes: 7_000_002 });
    expect(await verify([model])).toMatchObject({ code: 0 });
    await sign([model, '--shard-size', '3 MB']);
    expect(await verify([model])).toMatchObject({ code: 0 });
    await rm(`${model}.sig`);
    await sign([model, '--out', join(model, 'model.sig')]);
    expect(await verify([model])).toEqual({ ...good, outside: ['.gitignore'] });
    await sign([model, '--out', join(model, 'sub', 'own.sig'), '--shard-size', '3 MB']);
    const named = ['--signature', join(model, 'sub', 'own.sig')];
    expect(await verify([model, ...named])).toMatchObject({ code: 0 });
  });

  it('with links or nothing in it is refused', async () => {
    await symlink('weights.bin', join(model, 'link'));
    isError(await project.mlspec(['sign', model]), 'ARTIFACT_UNSUPPORTED_FILE');
    await mkdir(join(base, 'nothing-in-it'), { recursive: true });
    isError(await project.mlspec(['sign', join(base, 'nothing-in-it')]), 'PROVENANCE_NOTHING_TO_SIGN');
  });
});

describe('the log', () => {
  interface Bound {
    readonly name: string;
    readonly digest: string;
    readonly place: number | null;
    readonly subjects: readonly { readonly name: string; readonly digest: string }[];
  }
  const bound = async (): Promise<Bound[]> => {
    const { stdout } = await project.mlspec(['verify', 'latest', '--json']);
    return (JSON.parse(stdout) as { references: Bound[] }).references;
  };
  const logVerified = async (): Promise<string> => (await project.mlspec(['log', 'verify'])).stdout;

  it('has every signature of what a run made, from the store and from a copy on disk', async () => {
    const before = (await bound()).length;
    const stored = await sign(['latest/one/out', '--to', join(base, 'logged.txt')]);
    const onDisk = await sign([join(base, 'logged.txt'), '--out', join(base, 'again.sig')]);
    expect(onDisk.stated.run).toBe(stored.stated.run);
    const added = (await bound()).slice(before);
    for (const [at, { signature, stated }] of [stored, onDisk].entries()) {
      const { name, digest, place, subjects } = added[at]!;
      expect([name, digest]).toEqual([basename(signature), (await digestFile(signature)).digest]);
      expect(place).toBeGreaterThan(0);
      expect(subjects.map((one) => one.digest)).toEqual([(await digestFile(join(base, 'logged.txt'))).digest]);
      expect(stated.statement).toMatch(/^sha256:/);
    }
    expect(added.length).toBe(2);
    expect(await logVerified()).toMatch(/^good/);
    const path = join(project.root, '.mlspec', 'metadata.db');
    const copy = join(base, 'metadata.db');
    await cp(path, copy);
    const database = await openDatabase({ kind: 'sqlite', path });
    expect(await database.run(`delete from run_statements where digest = '${stored.stated.statement}'`)).toBe(1);
    await database.close();
    expect(await logVerified()).toContain('the statement of this entry is not in the record');
    for (const rest of ['-wal', '-shm']) await rm(`${path}${rest}`, { force: true });
    await cp(copy, path);
    expect(await logVerified()).toMatch(/^good/);
  });

  it('has a folder of the store as a whole, and its copy where nothing of it is left out', async () => {
    const whole = await sign(['latest/plain/out', '--to', join(base, 'plain-copy')]);
    const copy = await sign([join(base, 'plain-copy')]);
    expect(copy.stated.run).toBe(whole.stated.run);
    const digests = (await bound()).slice(-2).map(({ subjects }) => subjects[0]!.digest);
    expect(digests[0]).toBe(digests[1]);
    for (const change of [
      () => appendFile(join(base, 'plain-copy', 'a'), '!'),
      () => writeFile(join(base, 'plain-copy', 'b'), ''),
    ]) {
      await change();
      const { stated } = await sign([join(base, 'plain-copy')]);
      expect(stated).toMatchObject({ statement: null, why: expect.stringContaining('no run of this project made') });
    }
    const parts = await sign([join(base, 'plain-copy'), '--shard-size', '1 MB']);
    expect(parts.stated.statement).toBeNull();
    expect(await verify([join(base, 'plain-copy')])).toMatchObject({ code: 0 });
  });

  it('is asked for nothing where no project stands around a folder', async () => {
    const state = join(base, 'no-state');
    const { stated } = await sign([model], { MLSPEC_STATE_DIR: state });
    expect(stated.statement).toBeNull();
    expect(await readdir(state).catch(() => [])).not.toContain('metadata.db');
    expect(await verify([model], { MLSPEC_STATE_DIR: state })).toMatchObject({ code: 0 });
  });
});

describe('an attacker without the key', () => {
  it('changes, adds, removes, renames or links files', async () => {
    const weights = join(model, 'weights.bin');
    const bytes = await readFile(weights);
    bytes[6_999_999]! ^= 1;
    await writeFile(weights, bytes);
    expect(await verify([model])).toMatchObject(wrong('weights.bin is changed'));
    await cp(join(base, 'original', 'weights.bin'), weights);
    await writeFile(join(model, 'sub', 'y'), '');
    expect(await verify([model])).toMatchObject(wrong('sub/y is not signed'));
    await rename(join(model, 'sub', 'x'), join(model, 'sub', 'y'));
    expect(await verify([model])).toMatchObject(wrong('sub/x is missing', 'sub/y is not signed'));
    await rm(join(model, 'sub'), { recursive: true });
    expect(await verify([model])).toMatchObject(wrong('sub/x is missing'));
    await symlink(join(base, 'original', 'sub'), join(model, 'sub'));
    expect(await verify([model])).toMatchObject(wrong('sub is a link', 'sub/x is missing'));
  });

  it('cuts, exchanges or bloats the signature', async () => {
    const text = await readFile(`${model}.sig`, 'utf8');
    const expectUntrusted = async (): Promise<void> => {
      const { code, broken } = await verify([model]);
      expect([code, Object.keys(broken)]).toEqual([6, ['signature/trusted', 'content/whole']]);
    };
    for (const other of ['', text.slice(0, -1), text.slice(0, 1000), '{}', text.replace('bundle', 'bundel')]) {
      await writeFile(`${model}.sig`, other);
      await expectUntrusted();
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await rm(`${model}.sig`);
    const stranger = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await sign([model], { MLSPEC_SIGNING_KEY: stranger, MLSPEC_KEYS_DIR: join(base, 'other-keys') });
    await expectUntrusted();
    await rm(`${model}.sig`);
    await writeFile(`${model}.sig`, '');
    await truncate(`${model}.sig`, 3 * 2 ** 30);
    await expectUntrusted();
  });

  it('takes the signature away: no folder is taken for a signed one', async () => {
    await rm(`${model}.sig`);
    isError(await project.mlspec(['verify', model]), 'PROVENANCE_SIGNATURE_MISSING');
    isError(await project.mlspec(['verify', model, '--signature', `${model}.sig`]), 'PROVENANCE_SIGNATURE_MISSING');
    isError(await project.mlspec(['verify', join(base, 'gone'), '--signature', model]), 'PROVENANCE_SIGNATURE_MISSING');
    await cp(model, join(project.root, 'plain'), { recursive: true });
    isError(await project.mlspec(['verify', 'plain']), 'PROVENANCE_SIGNATURE_MISSING');
  });

  it('makes a file unreadable: it is named, and nothing else is said of it', async () => {
    if (process.getuid?.() === 0) return;
    await chmod(join(model, 'weights.bin'), 0);
    expect(await verify([model])).toMatchObject(wrong('weights.bin cannot be read: EACCES'));
  });
});

describe('the trust of whoever verifies', () => {
  it('somebody else trusts nobody, until they are told to, and not after the key was revoked', async () => {
    const env = { MLSPEC_KEYS_DIR: join(base, 'auditor') };
    expect(await verify([model], env)).toMatchObject({ code: 6, signedBy: [] });
    const file = join(base, 'default.pub.pem');
    await writeFile(file, (await project.mlspec(['keys', 'show', 'default'])).stdout);
    const trust = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await project.mlspec(['keys', ...args], env);
      expect(code, stderr).toBe(0);
    };
    await trust('trust', 'vendor', '--file', file, '--role', 'approver');
    expect(await verify([model], env)).toMatchObject({ code: 6, signedBy: [] });
    await trust('trust', 'vendor', '--file', file, '--role', 'runner');
    expect(await verify([model], env)).toMatchObject({ code: 0, signedBy: ['vendor'] });
    await trust('new', 'own', '--role', 'runner');
    // Nobody may ask for that any more; a list of an earlier version may.
    const list = join(env.MLSPEC_KEYS_DIR, 'trust.json');
    await writeFile(list, JSON.stringify({ ...JSON.parse(await readFile(list, 'utf8')), thresholds: { runner: 2 } }));
    const { broken } = await verify([model], env);
    expect(broken['signature/trusted']).toEqual([expect.stringContaining('several signatures')]);
    await trust('trust', '--threshold', 'runner=1');
    await trust('revoke', 'vendor', '--yes');
    expect(await verify([model], env)).toMatchObject({ code: 6, signedBy: [] });
  });
});

describe.each(['P-256', 'P-384'])('the reference tool, with a key on %s', (namedCurve) => {
  const run = promisify(execFile);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const env = { MLSPEC_SIGNING_KEY: secret };
  const keyFile = (): string => join(base, `${namedCurve}.pem`);
  /** What its library says of folders with their signatures: null, or why not. Its command line knows whole files alone. */
  const check = async (...paths: readonly string[]): Promise<(string | null)[]> => {
    const script = `
import json, sys
from model_signing import verifying
public, *paths = sys.argv[1:]
def problem(path):
    try:
        verifying.Config().use_elliptic_key_verifier(public_key=public).verify(path, path + ".sig")
    except ValueError as error:
        return str(error)
print(json.dumps([problem(path) for path in paths]))
`;
    return JSON.parse((await run(testPython(), ['-c', script, `${keyFile()}.pub`, ...paths])).stdout);
  };

  beforeAll(async () => {
    await writeFile(keyFile(), secret);
    await writeFile(`${keyFile()}.pub`, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
    const args = ['keys', 'trust', `tool-${namedCurve}`, '--file', `${keyFile()}.pub`, '--role', 'runner'];
    expect((await project.mlspec(args)).code).toBe(0);
  });

  it('verifies what is signed here, whole and in parts, also a single file; and finds what is changed then', async () => {
    const [whole, parts, file] = [`${namedCurve}-whole`, `${namedCurve}-parts`, `${namedCurve}.txt`].map((name) =>
      join(base, name),
    ) as [string, string, string];
    await sign(['latest/tree/out', '--to', whole], env);
    await sign(['latest/tree/out', '--to', parts, '--shard-size', '3 MB'], env);
    await sign(['latest/one/out', '--to', file], env);
    expect(await check(whole, parts, file)).toEqual([null, null, null]);
    await sign([whole, '--shard-size', '3 MB'], env);
    await sign([parts], env);
    expect(await check(whole, parts)).toEqual([null, null]);
    for (const path of [join(whole, 'sub', 'x'), join(parts, 'sub', 'x'), file]) await appendFile(path, '!');
    const differs = expect.stringContaining('Signature mismatch');
    expect(await check(whole, parts, file)).toEqual([differs, differs, differs]);
  });

  it('signs what is verified here, whole and in parts, with the signature beside it and in it', async () => {
    const inside = join(model, 'model.sig');
    const script = `
import sys
from model_signing import hashing, signing
model, key, beside, inside = sys.argv[1:]
def sign(hashed, signature):
    signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(hashed).sign(model, signature)
sign(hashing.Config(), beside)
hashed = hashing.Config().use_shard_serialization(shard_size=3_000_000)
sign(hashed.set_ignored_paths(paths=["model.sig"]), inside)
`;
    await run(testPython(), ['-c', script, model, keyFile(), `${model}.sig`, inside]);
    expect(await verify([model])).toMatchObject(wrong('model.sig is not signed'));
    await rename(inside, join(base, 'inside.sig'));
    expect(await verify([model])).toMatchObject({ code: 0, signedBy: [`tool-${namedCurve}`] });
    await rm(`${model}.sig`);
    await rename(join(base, 'inside.sig'), inside);
    expect(await verify([model])).toMatchObject({ code: 0, signedBy: [`tool-${namedCurve}`] });
    await appendFile(join(model, 'weights.bin'), '!');
    expect(await verify([model])).toMatchObject(wrong('weights.bin is longer than what was signed'));
  });
});
