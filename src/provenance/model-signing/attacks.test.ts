/*
 * Everything that somebody without the key can do to a folder or its signature is found and named; and a signature that a
 * trusted key made over something odd is refused before any file is read.
 */
import { appendFile, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Digest, digestHex, digestOf } from '../../encoding/index.ts';
import { signEnvelope } from '../dsse/envelope.ts';
import { newSigner } from '../fixtures/new-signer.ts';
import { statementPayloadType, statementType } from '../statement.ts';
import { checkFolder, listFolder } from './check-folder.ts';
import {
  isBundle,
  modelSignaturePredicateType,
  mostSignatureBytes,
  openFolderSignature,
  type SignedResource,
  signFolder,
} from './signature.ts';

const signer = newSigner();
const bad = expect.objectContaining({ code: 'PROVENANCE_SIGNATURE_BAD' });
const contents: Readonly<Record<string, string>> = {
  'a.bin': 'a'.repeat(25),
  'sub/b.txt': 'b'.repeat(10),
  'sub/deep/c': 'c',
  empty: '',
};
let root: string;
let place: string;
let folder: string;
let whole: string;
let shards: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'attacks-'));
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(join(root, 'model', path, '..'), { recursive: true });
    await writeFile(join(root, 'model', path), text);
  }
  const named = Object.entries(contents).map(([name, text]) => ({ name, digest: digestOf(text) }));
  whole = await signFolder({ name: 'model', files: named, ignored: [] }, signer);
  const parts = Object.entries(contents).flatMap(([path, text]) =>
    Array.from({ length: Math.ceil(text.length / 10) }, (_, index) => {
      const [from, to] = [index * 10, Math.min(index * 10 + 10, text.length)];
      return { name: `${path}:${from}:${to}`, digest: digestOf(text.slice(from, to)) };
    }),
  );
  shards = await signFolder({ name: 'model', files: parts, ignored: [], shardBytes: 10 }, signer);
});
beforeEach(async () => {
  place = await mkdtemp(join(root, 'p'));
  folder = join(place, 'model');
  await cp(join(root, 'model'), folder, { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function problems(text = whole): Promise<readonly string[]> {
  const signed = openFolderSignature(text, [signer]);
  return signed === null ? ['not signed'] : (await checkFolder(folder, signed)).problems.toSorted();
}

/** A signature that nobody's tool would write, by a key that is trusted. */
async function signOdd(resources: readonly object[], serialization: object = { method: 'files' }): Promise<string> {
  const digests = resources.map((one) => Buffer.from((one as { digest: string }).digest, 'hex'));
  const statement = {
    _type: statementType,
    subject: [{ name: 'model', digest: { sha256: digestHex(digestOf(Buffer.concat(digests))) } }],
    predicateType: modelSignaturePredicateType,
    predicate: { serialization: { hash_type: 'sha256', allow_symlinks: false, ...serialization }, resources },
  };
  const body = Buffer.from(JSON.stringify(statement));
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  return JSON.stringify({ mediaType, dsseEnvelope: await signEnvelope(statementPayloadType, body, [signer]) });
}
const resource = (name: string, text = ''): object => ({
  ...{ name, algorithm: 'sha256' },
  digest: digestHex(digestOf(text)),
});

describe.each([
  ['files', () => whole],
  ['shards', () => shards],
] as const)('signed as %s', (method, signature) => {
  const changed = method === 'files' ? 'a.bin is changed' : 'a.bin:0:10 is changed';

  test('the folder as it was signed', async () => {
    expect(await problems(signature())).toEqual([]);
  });

  test('every bit of a file', async () => {
    for (let bit = 0; bit < 25 * 8; bit++) {
      const bytes = Buffer.from(contents['a.bin']!);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(join(folder, 'a.bin'), bytes);
      const part = Math.floor(bit / 80) * 10;
      const name = method === 'files' ? 'a.bin' : `a.bin:${part}:${Math.min(part + 10, 25)}`;
      expect(await problems(signature())).toEqual([`${name} is changed`]);
    }
  });

  test('longer, shorter, emptied', async () => {
    await appendFile(join(folder, 'a.bin'), 'a');
    expect(await problems(signature())).toEqual([
      method === 'files' ? changed : 'a.bin is longer than what was signed',
    ]);
    await truncate(join(folder, 'a.bin'), 24);
    expect(await problems(signature())).toEqual([method === 'files' ? changed : 'a.bin:20:25 is cut short']);
    await truncate(join(folder, 'a.bin'), 0);
    const cut = ['a.bin:0:10 is cut short', 'a.bin:10:20 is cut short', 'a.bin:20:25 is cut short'];
    expect(await problems(signature())).toEqual(method === 'files' ? [changed] : cut);
  });

  test('added, removed, renamed, moved', async () => {
    await writeFile(join(folder, 'sub', 'more'), 'x');
    expect(await problems(signature())).toEqual(['sub/more is not signed']);
    await rm(join(folder, 'sub', 'more'));
    await rm(join(folder, 'sub', 'deep'), { recursive: true });
    expect(await problems(signature())).toEqual(['sub/deep/c is missing']);
    await writeFile(join(folder, 'c'), 'c');
    expect(await problems(signature())).toEqual(['c is not signed', 'sub/deep/c is missing']);
    await rename(join(folder, 'sub'), join(folder, 'Sub'));
    expect(await problems(signature())).toEqual([
      'Sub/b.txt is not signed',
      'c is not signed',
      'sub/b.txt is missing',
      'sub/deep/c is missing',
    ]);
  });

  test('links, also to the same content, and to folders', async () => {
    await rename(join(folder, 'a.bin'), join(place, 'a.bin'));
    await symlink(join(place, 'a.bin'), join(folder, 'a.bin'));
    expect(await problems(signature())).toEqual(['a.bin is a link', 'a.bin is missing']);
    await rename(join(folder, 'sub'), join(place, 'sub'));
    await symlink(join(place, 'sub'), join(folder, 'sub'));
    expect(await problems(signature())).toEqual([
      ...['a.bin is a link', 'a.bin is missing', 'sub is a link', 'sub/b.txt is missing', 'sub/deep/c is missing'],
    ]);
  });

  test('what git keeps at the root is outside, and nowhere else', async () => {
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, '.git', 'config'), '');
    await mkdir(join(folder, 'sub', '.git'));
    await writeFile(join(folder, 'sub', '.git', 'config'), 'x');
    const signed = openFolderSignature(signature(), [signer])!;
    expect(await checkFolder(folder, signed)).toMatchObject({
      problems: ['sub/.git/config is not signed'],
      outside: ['.git/config'],
    });
  });

  test('signed by another key, or changed in any byte', () => {
    const text = signature();
    expect(openFolderSignature(text, [newSigner()])).toBeNull();
    expect(openFolderSignature(text, [])).toBeNull();
    const bundle = JSON.parse(text) as { dsseEnvelope: { payload: string; signatures: { sig: string }[] } };
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64');
    for (let byte = 0; byte < payload.length; byte += 7) {
      const other = Buffer.from(payload);
      other[byte]! ^= 1;
      const forged = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: other.toString('base64') } };
      expect(openFolderSignature(JSON.stringify(forged), [signer])).toBeNull();
    }
  });

  test('cut anywhere', () => {
    const text = signature();
    for (let length = 0; length < text.length; length += 11) {
      expect(() => openFolderSignature(text.slice(0, length), [signer])).toThrow(bad);
    }
  });
});

test('an empty file is a file, and without parts', async () => {
  await rm(join(folder, 'empty'));
  expect([await problems(whole), await problems(shards)]).toEqual([['empty is missing'], []]);
  await writeFile(join(folder, 'other'), '');
  expect([await problems(whole), await problems(shards)]).toEqual([['empty is missing', 'other is not signed'], []]);
});

describe('a signature by a trusted key', () => {
  const outside = [
    '../secret',
    '/etc/passwd',
    'a/../../b',
    './a',
    'a//b',
    'a/',
    '',
    'a\0b',
    '..',
    'a/./b',
    'a'.repeat(9000),
  ];

  test.each(outside)('that names %.20j is refused', async (name) => {
    const text = await signOdd([resource(name, 'secret')]);
    expect(() => openFolderSignature(text, [signer])).toThrow(bad);
    const sharded = await signOdd([resource(`${name}:0:6`, 'secret')], { method: 'shards', shard_size: 6 });
    expect(() => openFolderSignature(sharded, [signer])).toThrow(bad);
    await expect(
      signFolder({ name: 'm', files: [{ name, digest: digestOf('') }], ignored: [] }, signer),
    ).rejects.toEqual(bad);
  });

  test('that names a file twice, a part badly, a lone `.` beside others, or another root, is refused', async () => {
    const shard = { method: 'shards', shard_size: 6 };
    const texts = await Promise.all([
      signOdd([resource('a'), resource('a')]),
      signOdd([resource('.'), resource('a')]),
      ...['a', 'a:0', 'a:6:6', 'a:7:6', 'a:-1:6', 'a:00:6', 'a:0:6 ', 'a:0:1e3', 'a:b:0:6'].map(
        async (name) => await signOdd([resource(name)], shard),
      ),
      signOdd([resource('a')], { method: 'trees' }),
      signOdd([resource('a')], { hash_type: 'blake3' }),
      signOdd([{ ...resource('a'), more: 1 }]),
      signOdd([]),
    ]);
    for (const text of texts) expect(() => openFolderSignature(text, [signer])).toThrow(bad);
    const { mediaType, dsseEnvelope } = JSON.parse(whole) as { mediaType: string; dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
    statement.predicate.resources.pop();
    const body = Buffer.from(JSON.stringify(statement));
    const envelope = await signEnvelope(statementPayloadType, body, [signer]);
    expect(() => openFolderSignature(JSON.stringify({ mediaType, dsseEnvelope: envelope }), [signer])).toThrow(bad);
  });

  test('that leaves a part of a file out, overlaps or begins late does not hold', async () => {
    const shard = { method: 'shards', shard_size: 10 };
    const text = contents['a.bin']!;
    const spans = [
      [[10, 20]],
      [
        [0, 10],
        [20, 25],
      ],
      [
        [0, 10],
        [5, 25],
      ],
    ] as const;
    for (const own of spans) {
      const parts = own.map(([from, to]) => resource(`a.bin:${from}:${to}`, text.slice(from, to)));
      const others = Object.entries(contents)
        .filter(([path]) => path.startsWith('sub'))
        .map(([path, other]) => resource(`${path}:0:${other.length}`, other));
      const found = await problems(await signOdd([...parts, ...others], shard));
      expect(found).toEqual([expect.stringMatching(/^a\.bin:\d+:\d+ does not follow the part before it$/)]);
    }
  });

  test('in any order of its parts holds', async () => {
    const names = [...Array(30).keys()].map((index) => `a:${index}:${index + 1}`);
    await writeFile(join(folder, 'a'), 'x'.repeat(30));
    const parts = names.toSorted().map((name) => resource(name, 'x'));
    const signed = openFolderSignature(await signOdd(parts, { method: 'shards', shard_size: 1 }), [signer])!;
    const { problems: found } = await checkFolder(folder, signed);
    expect(found.filter((one) => one.startsWith('a '))).toEqual([]);
    expect(found.filter((one) => one.startsWith('a:'))).toEqual([]);
  });
});

test('one of many files with equal content is not the folder', async () => {
  const files = ['a', 'b'].map((name): SignedResource => ({ name, digest: digestOf('x') }));
  const signed = openFolderSignature(await signFolder({ name: 'm', files, ignored: [] }, signer), [signer])!;
  await writeFile(join(place, 'one'), 'x');
  expect((await checkFolder(join(place, 'one'), signed)).problems).toEqual([
    'a is missing',
    'b is missing',
    '. is not signed',
  ]);
});

test('a single file, under its name and under the one that tools give it', async () => {
  const path = join(folder, 'a.bin');
  for (const name of ['.', 'a.bin']) {
    const files = [{ name, digest: digestOf(contents['a.bin']!) }];
    const signed = openFolderSignature(await signFolder({ name: 'a.bin', files, ignored: [] }, signer), [signer])!;
    expect(await checkFolder(path, signed)).toMatchObject({ problems: [], fileCount: 1 });
    await writeFile(path, 'other');
    expect((await checkFolder(path, signed)).problems).toEqual([`${name} is changed`]);
    await writeFile(path, contents['a.bin']!);
  }
  expect((await listFolder(path, new Set())).files).toEqual(new Set(['.']));
});

test('a huge signature is read up to a limit, and no further', async () => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({
    name: `some/long/path/to/a/file/${index}`,
    digest: `sha256:${index.toString(16).padStart(64, '0')}` as Digest,
  }));
  const text = await signFolder({ name: 'm', files, ignored: [] }, signer);
  expect(openFolderSignature(text, [signer])?.resources).toHaveLength(100_000);
  const { dsseEnvelope, ...rest } = JSON.parse(text) as { dsseEnvelope: { payload: string } };
  const payload = Buffer.alloc(90 << 20, 'x').toString('base64');
  const huge = JSON.stringify({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload } });
  expect(huge.length).toBeLessThan(mostSignatureBytes);
  expect(openFolderSignature(huge, [signer])).toBeNull();
  expect(() => openFolderSignature(' '.repeat(mostSignatureBytes + 1), [signer])).toThrow('at most');
});

test('no text is anything else than a signature or an error', () => {
  const parts = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('application/vnd.dev.sigstore.bundle.v0.3+json', statementPayloadType, 'e30=', 'bnVsbA==', null),
      fc.string(),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom('mediaType', 'dsseEnvelope', 'payload', 'payloadType', 'signatures', 'sig', '__proto__'),
        tie('value'),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(parts, (value) => {
      try {
        expect(openFolderSignature(JSON.stringify(value) ?? '', [signer])).toBeNull();
      } catch (error) {
        expect(error).toMatchObject({ code: 'PROVENANCE_SIGNATURE_BAD' });
      }
    }),
  );
});

test('what is a bundle', async () => {
  expect(isBundle(await readFile(import.meta.filename, 'utf8'))).toBe(false);
  for (const text of ['', 'null', '[]', '{}', '{"mediaType":1}']) expect(isBundle(text)).toBe(false);
  expect(isBundle(whole)).toBe(true);
});
