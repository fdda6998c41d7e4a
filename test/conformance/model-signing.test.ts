/*
 * Folders that we sign are verified by the reference tool of OpenSSF Model Signing, and those that it signs by us: whole
 * files and parts, on the curves that it signs with.
 */
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from '../../src/encoding/index.ts';
import { signerOf } from '../../src/provenance/index.ts';
import {
  checkFolder,
  hintOf,
  listFolder,
  openFolderSignature,
  signFolder,
} from '../../src/provenance/model-signing/index.ts';
import { testPython } from '../../tools/python-env.ts';

const run = promisify(execFile);
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'model-signing-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder with files of every sort, and a key. */
async function given(curve: string): Promise<{ model: string; key: string; publicKey: string; signature: string }> {
  const place = await mkdtemp(join(root, 'p'));
  const model = join(place, 'model');
  await mkdir(join(model, 'sub', 'ünï'), { recursive: true });
  await writeFile(join(model, 'weights.bin'), Buffer.alloc(3_000_001, 7));
  await writeFile(join(model, 'sub', 'a b.txt'), 'text');
  await writeFile(join(model, 'sub', 'ünï', '𝒳.json'), '{}');
  await writeFile(join(model, 'sub', 'ünï', '\uff5e.json'), '[]');
  await writeFile(join(model, '.gitignore'), 'not signed');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const key = join(place, 'key.pem');
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  await writeFile(join(place, 'key.pub'), publicKey);
  return { model, key, publicKey: join(place, 'key.pub'), signature: join(place, 'model.sig') };
}

/** Signs with ours. */
async function sign({ model, key, signature }: Awaited<ReturnType<typeof given>>): Promise<void> {
  const { files } = await listFolder(model, new Set(['.gitignore']));
  const named = await Promise.all(
    [...files].map(async (name) => ({ name, digest: (await digestFile(join(model, name))).digest })),
  );
  const signer = signerOf(await readFile(key, 'utf8'), { place: key });
  await writeFile(signature, await signFolder({ name: 'model', files: named, ignored: [] }, signer));
}

async function tool(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(testPython(), ['-m', 'model_signing', ...args]);
  return stdout + stderr;
}

async function verifyWithOurs({ model, publicKey, signature }: Awaited<ReturnType<typeof given>>): Promise<string[]> {
  const pem = await readFile(publicKey, 'utf8');
  const key = createPublicKey(pem);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const algorithm = curve === 'prime256v1' ? 'ecdsa-p256-sha256' : 'ecdsa-p384-sha384';
  const opened = openFolderSignature(await readFile(signature, 'utf8'), [{ algorithm, publicKey: pem }]);
  return opened === null ? ['not signed by this key'] : [...(await checkFolder(model, opened)).problems];
}

describe.each(['P-256', 'P-384'])('%s', (curve) => {
  it('what we sign, the tool verifies; what was changed then, it does not', async () => {
    const folder = await given(curve);
    await sign(folder);
    const verify = ['verify', 'key', folder.model, '--signature', folder.signature, '--public_key', folder.publicKey];
    expect(await tool(...verify)).toContain('Verification succeeded');
    await appendFile(join(folder.model, 'sub', 'a b.txt'), '!');
    await expect(tool(...verify)).rejects.toThrow(/Verification failed/);
  });

  it('what the tool signs, we verify; what was changed then, we do not', async () => {
    const folder = await given(curve);
    await tool('sign', 'key', folder.model, '--signature', folder.signature, '--private_key', folder.key);
    expect(await verifyWithOurs(folder)).toEqual([]);
    await appendFile(join(folder.model, 'sub', 'a b.txt'), '!');
    await writeFile(join(folder.model, 'more'), '');
    await rm(join(folder.model, 'sub', 'ünï', '𝒳.json'));
    await symlink('more', join(folder.model, 'link'));
    expect((await verifyWithOurs(folder)).sort()).toEqual([
      'link is a link',
      'more is not signed',
      'sub/a b.txt is changed',
      'sub/ünï/𝒳.json is missing',
    ]);
  });
});

it('parts of files, as the library signs them', async () => {
  const folder = await given('P-256');
  const script = `
import sys, model_signing
from model_signing import hashing, signing
model, key, signature = sys.argv[1:]
hashed = hashing.Config().use_shard_serialization(shard_size=1_000_000)
signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(hashed).sign(model, signature)
`;
  await rm(join(folder.model, '.gitignore'));
  await run(testPython(), ['-c', script, folder.model, folder.key, folder.signature]);
  expect(await verifyWithOurs(folder)).toEqual([]);
  await truncate(join(folder.model, 'weights.bin'), 3_000_000);
  expect(await verifyWithOurs(folder)).toEqual(['weights.bin:3000000:3000001 is cut short']);
  await appendFile(join(folder.model, 'weights.bin'), Buffer.from([7, 7]));
  await writeFile(join(folder.model, 'empty'), '');
  expect(await verifyWithOurs(folder)).toEqual(['weights.bin is longer than what was signed']);
});

it('another key, a changed signature, and what is none', async () => {
  const [folder, other] = [await given('P-256'), await given('P-256')];
  await sign(folder);
  expect(await verifyWithOurs({ ...folder, publicKey: other.publicKey })).toEqual(['not signed by this key']);
  const text = await readFile(folder.signature, 'utf8');
  expect(JSON.parse(text).verificationMaterial.publicKey.hint).toBe(hintOf(await readFile(folder.publicKey, 'utf8')));
  const payload = JSON.parse(text).dsseEnvelope.payload as string;
  const changed = Buffer.from(payload, 'base64').toString().replace('weights', 'weightz');
  await writeFile(folder.signature, text.replace(payload, Buffer.from(changed).toString('base64')));
  expect(await verifyWithOurs(folder)).toEqual(['not signed by this key']);
  const bad = expect.objectContaining({ code: 'PROVENANCE_SIGNATURE_BAD' });
  for (const wrong of ['', '{}', '[]', text.replace('bundle', 'bundel'), text.replace('in-toto', 'intoto')]) {
    expect(() => openFolderSignature(wrong, [])).toThrow(bad);
  }
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const file = { name: 'a', digest: (await digestFile(folder.key)).digest };
  await expect(
    signFolder({ name: 'm', files: [file], ignored: [] }, signerOf(ed25519, { place: 'here' })),
  ).rejects.toEqual(expect.objectContaining({ code: 'PROVENANCE_KEY_BAD' }));
  await expect(
    signFolder({ name: 'm', files: [], ignored: [] }, signerOf(await readFile(folder.key, 'utf8'), { place: 'here' })),
  ).rejects.toEqual(expect.objectContaining({ code: 'PROVENANCE_NOTHING_TO_SIGN' }));
});
