/* Signatures that released versions of the reference tool made: read, and held to the files that they sign. */

import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSigner } from '../fixtures/new-signer.ts';
import { publicKeyOf } from '../local/local-signer.ts';
import { checkFolder } from './check-folder.ts';
import { hintOf, openFolderSignature } from './signature.ts';

interface Golden {
  readonly publicKey: string;
  readonly cases: readonly {
    readonly version: string;
    readonly isSingleFile: boolean;
    readonly files: Readonly<Record<string, string>>;
    readonly signature: string;
  }[];
}

const file = new URL('../../../test/golden/provenance/model-signing.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const key = publicKeyOf(golden.publicKey, 'the vector');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'signature-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.each(golden.cases)('version $version', ({ files, signature, isSingleFile }) => {
  test('holds for its files, and not for others', async () => {
    const folder = await mkdtemp(join(root, 'p'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const signed = openFolderSignature(signature, [key])!;
    const paths = isSingleFile ? [folder, join(folder, 'signme-1')] : [folder];
    for (const path of paths) expect(await checkFolder(path, signed)).toMatchObject({ problems: [] });
    await appendFile(join(folder, 'signme-1'), '!');
    const name = isSingleFile ? '.' : 'signme-1';
    for (const path of paths) expect((await checkFolder(path, signed)).problems).toEqual([`${name} is changed`]);
    await writeFile(join(folder, 'more'), '');
    expect((await checkFolder(folder, signed)).problems).toContain('more is not signed');
  });

  test('is that of its key alone', () => {
    expect(openFolderSignature(signature, [newSigner('P-384')])).toBeNull();
    const { hint } = (JSON.parse(signature) as { verificationMaterial: { publicKey: { hint?: string } } })
      .verificationMaterial.publicKey;
    expect(hint ?? hintOf(golden.publicKey)).toBe(hintOf(golden.publicKey));
  });
});

test('of four versions', () => {
  expect(golden.cases.map(({ version }) => version)).toEqual(['0.3.1', '1.0.0', '1.0.1', '1.1.0']);
});
