import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signerContract } from '../../../test/contract/signer.ts';
import { openLocalSigner, verifySignature } from '../index.ts';

let folder: string;
const code = (expected: string): object => expect.objectContaining({ code: expected });
const newKeysDir = async (): Promise<string> => join(await mkdtemp(join(folder, 'k')), 'keys');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

signerContract('local ECDSA P-256', async () => openLocalSigner(await newKeysDir(), 'default'));
for (const [name, make] of [
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['Ed25519', () => generateKeyPairSync('ed25519')],
] as const) {
  signerContract(`local ${name}`, async () => {
    const keys = await newKeysDir();
    await mkdir(keys, { mode: 0o700 });
    const pem = make().privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(join(keys, 'mine.pem'), pem, { mode: 0o600 });
    return openLocalSigner(keys, 'mine');
  });
}

test('a key is made once, closed to others, also where many ask at once', async () => {
  const keys = await newKeysDir();
  const signers = await Promise.all(Array.from({ length: 10 }, () => openLocalSigner(keys, 'default')));
  expect(new Set(signers.map((signer) => signer.keyId)).size).toBe(1);
  expect(await readdir(keys)).toEqual(['default.pem']);
  expect((await stat(join(keys, 'default.pem'))).mode & 0o777).toBe(0o600);
  expect((await stat(keys)).mode & 0o777).toBe(0o700);
  const signature = await signers[0]!.sign(Buffer.from('x'));
  expect(verifySignature(await openLocalSigner(keys, 'default'), Buffer.from('x'), signature)).toBe(true);
});

test('a key that others may read is refused, as is a folder that others may write', async () => {
  const keys = await newKeysDir();
  await openLocalSigner(keys, 'default');
  for (const mode of [0o644, 0o640, 0o620, 0o604]) {
    await chmod(join(keys, 'default.pem'), mode);
    await expect(openLocalSigner(keys, 'default')).rejects.toEqual(code('PROVENANCE_KEY_EXPOSED'));
  }
  const open = join(folder, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await expect(openLocalSigner(open, 'default')).rejects.toEqual(code('PROVENANCE_KEY_EXPOSED'));
  expect(await readdir(open)).toEqual([]);
});

test('files that hold no usable key are errors that do not quote them', async () => {
  const keys = await newKeysDir();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  await mkdir(keys, { mode: 0o700 });
  const texts = [
    'hunter2',
    '',
    ...[privateKey, rsa].map((key) => String(key.export({ type: 'pkcs8', format: 'pem' }))),
  ];
  for (const text of texts) {
    await writeFile(join(keys, 'bad.pem'), text, { mode: 0o600 });
    const error = await openLocalSigner(keys, 'bad').catch((caught: unknown) => caught as Error);
    expect(error).toEqual(code('PROVENANCE_KEY_BAD'));
    expect(`${(error as Error).message}${(error as Error).stack}${String((error as Error).cause)}`).not.toContain(
      'hunter2',
    );
    expect(await readFile(join(keys, 'bad.pem'), 'utf8')).toBe(text);
  }
});

test('a symbolic link is not followed, and a name cannot lead elsewhere', async () => {
  const keys = await newKeysDir();
  await openLocalSigner(keys, 'real');
  await symlink(join(keys, 'real.pem'), join(keys, 'link.pem'));
  await expect(openLocalSigner(keys, 'link')).rejects.toEqual(code('PROVENANCE_KEY_UNAVAILABLE'));
  for (const name of ['', '../x', 'a/b', '.hidden', 'x'.repeat(101), 'a\0b']) {
    await expect(openLocalSigner(keys, name)).rejects.toEqual(code('PROVENANCE_KEY_NAME'));
  }
});
