import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestJson } from '../encoding/index.ts';
import { type Signer, signEnvelope } from '../provenance/index.ts';
import { type Config, loadConfig } from './config.ts';
import { planAfresh, planRun } from './plan-cache.ts';
import { programStamp } from './program-stamp.ts';
import { openSigning, type Signing } from './signing.ts';
import type { SpecChoice } from './spec-source.ts';

const spec = `mlspec: 1
name: tiny
params: {size: {type: integer, default: 3}}
profiles: {large: {params: {size: 9}}}
imports: {part: parts/one.yaml}
task: {kind: regression, label: y}
ingestion: {sources: {d: {csv: d.csv}}}
steps:
  first: {command: [echo], params: {size: $size, part: $import.part}, outputs: {out: Any}}
`;

let folder: string;
let config: Config;
let signing: Signing;

const write = async (path: string, text: string): Promise<void> => await writeFile(join(folder, path), text);
const plain: SpecChoice = { params: [] };

let keys: string;
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'plan-cache-keys-'));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plan-cache-'));
  await mkdir(join(folder, 'parts'));
  await write('mlspec.yaml', spec);
  await write('parts/one.yaml', 'a: 1\n');
  config = loadConfig({ env: { MLSPEC_KEYS_DIR: keys }, cwd: folder });
  signing = openSigning(config);
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));
afterAll(async () => await rm(keys, { recursive: true, force: true }));

/** Changes the file that is kept. */
async function changeFile(change: (text: string) => string | Promise<string>): Promise<void> {
  const plans = join(folder, '.mlspec', 'plans');
  for (const name of await readdir(plans))
    await writeFile(join(plans, name), await change(await readFile(join(plans, name), 'utf8')));
}

/** Changes what is kept, and signs it anew with a key. */
async function changeKept(change: (text: string) => string, signer?: Signer): Promise<void> {
  await changeFile(async (text) => {
    const { payloadType, payload } = JSON.parse(text);
    const body = Buffer.from(change(Buffer.from(payload, 'base64').toString('utf8')));
    return JSON.stringify(await signEnvelope(payloadType, body, [signer ?? (await signing.signer('owner'))]));
  });
}

const mark = (text: string): string => text.replace('"model":"tiny"', '"model":"kept"');

/** Whether the next plan of these choices is the kept one, known by a name that was changed there. */
async function isKept(choice: SpecChoice = plain): Promise<boolean> {
  await changeKept(mark);
  return (await planRun(config, choice, signing)).model === 'kept';
}

describe('planRun', () => {
  it('takes a kept plan that is equal to a fresh one', async () => {
    const { loaded: _, ...fresh } = await planAfresh(config, plain);
    const [first, second] = [await planRun(config, plain, signing), await planRun(config, plain, signing)];
    for (const made of [first, second]) {
      expect(digestJson(made.plan)).toBe(digestJson(fresh.plan));
      expect([made.spec, made.params, made.model]).toEqual([fresh.spec, fresh.params, fresh.model]);
    }
    expect(await isKept()).toBe(true);
  });

  it.each<readonly [string, { readonly files?: Readonly<Record<string, string>>; readonly choice?: SpecChoice }]>([
    ['the declaration', { files: { 'mlspec.yaml': spec.replace('default: 3', 'default: 4') } }],
    ['an imported file', { files: { 'parts/one.yaml': 'a: 2\n' } }],
    ['the spaces of an imported file', { files: { 'parts/one.yaml': 'a:   1\n' } }],
    ['a parameter', { choice: { params: ['size=5'] } }],
    ['the profile', { choice: { params: [], profile: 'large' } }],
  ])('plans again after a change of %s', async (_, { files = {}, choice = plain }) => {
    await planRun(config, plain, signing);
    for (const [path, text] of Object.entries(files)) await write(path, text);
    expect(await isKept(choice)).toBe(false);
    expect(await isKept(choice)).toBe(true);
  });

  it('plans again where what was kept was made by another program, is damaged, or is not there', async () => {
    await planRun(config, plain, signing);
    await changeKept((text) => text.replace(/"basis":"sha256:../, '"basis":"sha256:zz'));
    expect(await isKept()).toBe(false);
    await changeFile((text) => text.slice(0, 100));
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
    await rm(join(folder, '.mlspec'), { recursive: true });
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
  });

  it('keeps nothing of a wrong declaration', async () => {
    await write('mlspec.yaml', spec.replace('[echo]', '7'));
    for (let time = 0; time < 2; time++)
      await expect(planRun(config, plain, signing)).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  });

  it('plans where nothing can be written', async () => {
    await write('.mlspec', 'a file where the state would be');
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
  });

  it('takes nothing that another key signed, or nobody', async () => {
    await planRun(config, plain, signing);
    const stranger = openSigning({ ...config, keysDir: join(keys, 'stranger') });
    await changeKept(mark, await stranger.signer('owner'));
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
    await changeFile((text) => {
      const envelope = JSON.parse(text);
      const body = mark(Buffer.from(envelope.payload, 'base64').toString('utf8'));
      return JSON.stringify({ ...envelope, payload: Buffer.from(body).toString('base64') });
    });
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
    await changeFile((text) => text.replace('kept-plan', 'in-toto'));
    expect((await planRun(config, plain, signing)).model).toBe('tiny');
    expect(await isKept()).toBe(true);
  });
});

describe('programStamp', () => {
  it('changes with every file of code, and with nothing else', async () => {
    const stamp = (): string => programStamp(folder, join(folder, 'program'));
    await write('parts/a.ts', 'export {};\n');
    const before = stamp();
    await write('parts/a.test.ts', 'test');
    expect(stamp()).toBe(before);
    await write('parts/b.js', '');
    const added = stamp();
    expect(added).not.toBe(before);
    await mkdir(join(folder, 'program', 'node_modules'), { recursive: true });
    await write('program/node_modules/.package-lock.json', '{}');
    const inCheckout = stamp();
    expect(inCheckout).not.toBe(added);
    await write('.package-lock.json', '{}');
    const listed = stamp();
    expect(listed).not.toBe(inCheckout);
    await write('parts/a.ts', 'export {}; \n');
    expect(stamp()).not.toBe(listed);
    const rewritten = stamp();
    await utimes(join(folder, 'parts/a.ts'), 1, 1);
    expect(stamp()).not.toBe(rewritten);
  });
});
