/*
 * Envelopes that we sign, securesystemslib and in-toto verify, and those that they sign we do: every kind of key, thresholds,
 * and a whole supply chain of in-toto's own layout and links. What the two have not in common is tested, too:
 *
 * - The layout of a run is a statement with a predicate of ours, in an envelope; in-toto verifies the signature and knows no
 *   such content. Its own layouts and links we open as envelopes, and their rules are for in-toto to carry out.
 * - The form of in-toto before envelopes (`signed` and `signatures` side by side) is no envelope, and refused.
 * - securesystemslib looks for a key by the id in the envelope; we try every trusted key, whatever id stands there.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/encoding/index.ts';
import { signEnvelope } from '../../src/provenance/dsse/envelope.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import {
  deploymentStatement,
  type Envelope,
  envelopeOf,
  erasureStatement,
  monitoringWindowStatement,
  openEnvelope,
  parseEnvelope,
  publicKeyOf,
  signStatement,
  statementPayloadType,
} from '../../src/provenance/index.ts';
import { formatsPython, testPython } from '../../tools/python-env.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';
import { now, served, watched } from '../evidence/signed-run.ts';

interface Told {
  readonly keyId: string;
  readonly publicKey: string;
}
interface Answer {
  readonly refused?: string;
  readonly accepted?: readonly string[];
  readonly body?: string;
  readonly payload?: string;
  readonly envelope?: unknown;
  readonly keys?: readonly Told[];
  readonly functionaries?: readonly Told[];
}

const peer = join(import.meta.dirname, 'in_toto_peer.py');
const algorithms = ['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'ecdsa-p521-sha512', 'ed25519'] as const;
const curves = ['P-256', 'P-384', 'P-521', 'ed25519'] as const;
const body = Buffer.from('{"_type":"é"}');
let root: string;
let project: Project;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'in-toto-'));
  project = await createProject();
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await project.remove();
});

/** What the other side says to each of these. */
function ask(...requests: readonly object[]): Answer[] {
  const { stdout, stderr, status } = spawnSync(formatsPython(), [peer], {
    input: JSON.stringify(requests),
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Answer[];
}

const told = ({ keyId, publicKey }: Told): Told => ({ keyId, publicKey });
const opens = (text: string, keys: readonly Told[], threshold = 1): Buffer | null =>
  openEnvelope(parseEnvelope(text), {
    keys: keys.map(({ publicKey }) => publicKeyOf(publicKey, 'their key')),
    threshold,
  })?.body ?? null;

describe('securesystemslib', () => {
  it('verifies what we sign, with every kind of key and by thresholds', async () => {
    const signers = curves.map((curve) => newSigner(curve));
    const [stranger] = [newSigner('ed25519')];
    const envelope = await signEnvelope(statementPayloadType, body, signers);
    const keys = signers.map(told);
    const verify = (more: object): object => ({ do: 'verify', envelope, keys, threshold: 1, ...more });
    const changed = { ...envelope, payload: Buffer.from('{"_type":"è"}').toString('base64') };
    const twice = await signEnvelope(statementPayloadType, body, [signers[0]!, signers[0]!]);
    expect(
      ask(
        ...keys.map((key) => verify({ keys: [key] })),
        verify({ threshold: 4 }),
        verify({ keys: [...keys.slice(0, 3), told(stranger!)], threshold: 4 }),
        verify({ envelope: changed }),
        verify({ envelope: { ...envelope, payloadType: 'text/plain' } }),
        verify({ envelope: { ...twice, signatures: twice.signatures.slice(0, 1) }, threshold: 2 }),
      ),
    ).toEqual([
      ...keys.map(({ keyId }) => ({ accepted: [keyId], body: body.toString('base64') })),
      { accepted: keys.map(({ keyId }) => keyId).sort(), body: body.toString('base64') },
      ...Array.from({ length: 4 }, () => ({ refused: 'VerificationError' })),
    ]);
  });

  it('signs what we verify, with every kind of key and by thresholds', () => {
    const [answer, other] = ask(
      { do: 'sign', body: body.toString('base64'), payloadType: statementPayloadType, algorithms },
      { do: 'sign', body: body.toString('base64'), payloadType: statementPayloadType, algorithms: ['ed25519'] },
    ) as [Answer, Answer];
    const [keys, text] = [answer.keys!, JSON.stringify(answer.envelope)];
    for (const key of keys) expect(opens(text, [key])).toEqual(body);
    expect(opens(text, keys, 4)).toEqual(body);
    expect(opens(text, [...keys.slice(0, 3), ...other.keys!], 4)).toBeNull();
    expect(opens(text, other.keys!)).toBeNull();
    const payload = Buffer.from('{"_type":"è"}').toString('base64');
    expect(opens(JSON.stringify({ ...(answer.envelope as object), payload }), keys)).toBeNull();
  });
});

describe('in-toto', () => {
  /** A supply chain in in-toto's own forms, of which we sign every file. */
  async function signChain(
    change: (name: string, text: string) => string = (_, text) => text,
  ): Promise<[string, Told]> {
    const folder = await mkdtemp(join(root, 'chain-'));
    const [owner, ...functionaries] = [newSigner('ed25519'), newSigner('P-256'), newSigner('ed25519')];
    const key = ({ keyId, publicKey, algorithm }: (typeof functionaries)[number]): object =>
      algorithm === 'ed25519'
        ? { keyid: keyId, keytype: 'ed25519', scheme: 'ed25519', keyval: { public: rawOf(publicKey) } }
        : { keyid: keyId, keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: publicKey } };
    const layout = {
      ...{ _type: 'layout', readme: '', inspect: [], expires: '2999-01-01T00:00:00Z' },
      keys: Object.fromEntries(functionaries.map((one) => [one.keyId, key(one)])),
      steps: [
        {
          ...{ _type: 'step', name: 'train', expected_command: [], expected_materials: [] },
          expected_products: [
            ['CREATE', 'model'],
            ['DISALLOW', '*'],
          ],
          ...{ pubkeys: functionaries.map(({ keyId }) => keyId), threshold: 2 },
        },
      ],
    };
    const products = { model: { sha256: 'ab'.repeat(32) } };
    const link = {
      _type: 'link',
      name: 'train',
      command: [],
      materials: {},
      products,
      byproducts: {},
      environment: {},
    };
    const files = [
      ['root.layout', layout, owner!] as const,
      ...functionaries.map((one) => [`train.${one.keyId.slice(0, 8)}.link`, link, one] as const),
    ];
    for (const [name, content, signer] of files) {
      const text = JSON.stringify(
        await signEnvelope(statementPayloadType, Buffer.from(JSON.stringify(content)), [signer]),
      );
      await writeFile(join(folder, name), change(name, text));
    }
    return [folder, told(owner!)];
  }

  it('verifies a whole chain of its own layout and links that we signed, and refuses it changed', async () => {
    const [good, owner] = await signChain();
    const tampered = (name: string, text: string): string => {
      const { payload, ...rest } = JSON.parse(text) as { payload: string };
      const content = Buffer.from(payload, 'base64').toString().replace('abab', 'acab');
      return name.endsWith('.link')
        ? JSON.stringify({ ...rest, payload: Buffer.from(content).toString('base64') })
        : text;
    };
    const [bad, badOwner] = await signChain(tampered);
    const [short, shortOwner] = await signChain();
    await rm(join(short, (await readdir(short)).find((name) => name.endsWith('.link'))!));
    const verify = (folder: string, key: Told): object => ({ do: 'verify-chain', folder, keys: [key] });
    expect(ask(verify(good, owner), verify(good, badOwner), verify(bad, badOwner), verify(short, shortOwner))).toEqual([
      { payload: 'Layout' },
      { refused: 'SignatureVerificationError' },
      { refused: 'ThresholdVerificationError' },
      { refused: 'LinkNotFoundError' },
    ]);
  });

  it('signs layouts and links that we open, and not in the form before envelopes', async () => {
    const [folder, old] = [join(root, 'theirs'), join(root, 'old')];
    await Promise.all([mkdir(folder), mkdir(old)]);
    const make = { do: 'make-chain', algorithms: ['ecdsa-p256-sha256', 'ed25519', 'ecdsa-p384-sha384'] };
    const [chain] = ask({ ...make, folder, form: 'envelope' }, { ...make, folder: old, form: 'metablock' }) as [Answer];
    const layout = await readFile(join(folder, 'root.layout'), 'utf8');
    expect(JSON.parse(opens(layout, chain.keys!)!.toString())).toMatchObject({
      _type: 'layout',
      steps: [{ threshold: 2 }],
    });
    expect(opens(layout, chain.functionaries!)).toBeNull();
    const links = (await readdir(folder)).filter((name) => name.endsWith('.link'));
    expect(links).toHaveLength(2);
    for (const name of links) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(JSON.parse(opens(text, chain.functionaries!)!.toString())).toMatchObject({ _type: 'link', name: 'train' });
      expect(opens(text, chain.keys!)).toBeNull();
    }
    for (const name of await readdir(old)) {
      const text = await readFile(join(old, name), 'utf8');
      expect(() => parseEnvelope(text)).toThrow(expect.objectContaining({ code: 'PROVENANCE_ENVELOPE_BAD' }));
    }
  });
});

describe('statements of a real run', () => {
  let lines: string[];
  let signers: Told[];

  beforeAll(async () => {
    await project.declare(
      `${shellStep('a', 'echo 1 > {outputs.out}')}${shellStep('b', 'cat {inputs.x} > {outputs.out}', 'inputs: {x: a.out}')}`,
    );
    expect((await project.run()).code).toBe(0);
    const folder = join(project.root, '..', 'exported');
    expect(await project.mlspec(['export', 'latest', folder])).toMatchObject({ code: 0 });
    const files = await readdir(folder, { recursive: true });
    lines = (await readFile(join(folder, files.find((name) => name.endsWith('.intoto.jsonl'))!), 'utf8'))
      .trim()
      .split('\n');
    const { publicKey, keyId } = JSON.parse(
      (await project.mlspec(['keys', 'show', 'default', '--json'])).stdout,
    ) as Told;
    signers = [{ publicKey, keyId }];
  });

  it('securesystemslib and in-toto verify each envelope; in-toto says that none holds a layout or link of its own', () => {
    const envelopes = lines.map((line) => JSON.parse(line) as { payload: string });
    expect(envelopes.length).toBeGreaterThan(3);
    const verified = ask(...envelopes.map((envelope) => ({ do: 'verify', envelope, keys: signers, threshold: 1 })));
    expect(verified).toEqual(envelopes.map(({ payload }) => ({ accepted: [signers[0]!.keyId], body: payload })));
    const read = ask(...envelopes.map((envelope) => ({ do: 'verify-payload', envelope, keys: signers })));
    expect(read).toEqual(envelopes.map(() => ({ refused: 'InvalidMetadata' })));
    const others = ask(...envelopes.map((envelope) => ({ do: 'verify-payload', envelope, keys: [told(newSigner())] })));
    expect(others).toEqual(envelopes.map(() => ({ refused: 'SignatureVerificationError' })));
  });

  it('the Python bindings of the attestation framework find each statement valid', () => {
    expect(readByBindings(lines)).toEqual(lines.map(statementIn));
  });
});

describe('statements of what happened when a run had ended', () => {
  const later = [
    deploymentStatement(served),
    monitoringWindowStatement(watched),
    erasureStatement({ run: 'run_1', subjects: [{ name: 'Dataset', digest: digestOf('x') }], why: 'é', atMs: now }),
  ];

  it('the Python bindings read each as it was written, and securesystemslib verifies its envelope', async () => {
    const signer = newSigner();
    const envelopes = await Promise.all(later.map(async (one) => envelopeOf(await signStatement(one, [signer], now))));
    const texts = envelopes.map((envelope) => JSON.stringify(envelope));
    expect(readByBindings(texts)).toEqual(later.map(({ statement }) => statement));
    const keys = [told(signer)];
    const verified = ask(...envelopes.map((envelope) => ({ do: 'verify', envelope, keys, threshold: 1 })));
    expect(verified).toEqual(envelopes.map(({ payload }) => ({ accepted: [signer.keyId], body: payload })));
    const [deployment, window] = envelopes as [Envelope, Envelope];
    const swapped = { ...window, payload: deployment.payload };
    expect(ask({ do: 'verify', envelope: swapped, keys, threshold: 1 })).toEqual([{ refused: 'VerificationError' }]);
  });

  it('the bindings refuse one without a type, a subject or its digest', () => {
    const { statement } = later[1]!;
    const [subject] = statement.subject;
    for (const change of [{ predicateType: '' }, { subject: [] }, { subject: [{ name: subject!.name, digest: {} }] }]) {
      const payload = Buffer.from(JSON.stringify({ ...statement, ...change })).toString('base64');
      expect(() => readByBindings([JSON.stringify({ payload })]), JSON.stringify(change)).toThrow();
    }
  });
});

/** What an envelope's text holds. */
function statementIn(line: string): unknown {
  return JSON.parse(Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64').toString('utf8'));
}

/** The statements in envelopes, as the bindings of the attestation framework find them valid and write them out again. */
function readByBindings(lines: readonly string[]): unknown[] {
  const script = `
import base64, json, sys
from google.protobuf.json_format import MessageToDict, Parse
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
for line in sys.stdin:
    body = base64.b64decode(json.loads(line)["payload"])
    statement = Parse(body, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    print(json.dumps(MessageToDict(statement)))
`;
  const input = lines.map((line) => `${line}\n`).join('');
  const { stdout, stderr, status } = spawnSync(testPython(), ['-c', script], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The 32 bytes of an Ed25519 key, in hexadecimal. */
function rawOf(publicKey: string): string {
  return Buffer.from(publicKey.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    .subarray(-32)
    .toString('hex');
}
