/*
 * Signatures of folders are Sigstore bundles: the models that Sigstore's Python client reads bundles with take ours, and
 * that client's own code checks the signature in it; and we read bundles that these make, with a key.
 *
 * What the two have not in common: the client's public interface asks for a certificate and an entry in a public log, so it
 * refuses every bundle with a key; and it signs with SHA-256 on every curve, so that only P-256 meets.
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/encoding/index.ts';
import { publicKeyOf, signerOf } from '../../src/provenance/index.ts';
import { hintOf, openFolderSignature, signFolder } from '../../src/provenance/model-signing/index.ts';
import { testPython } from '../../tools/python-env.ts';

function newKey(namedCurve = 'P-256'): { readonly secret: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** Gives a script a JSON document, and reads that which it prints. */
function python(script: string, given: object): Record<string, unknown> {
  const { stdout, stderr } = spawnSync(testPython(), ['-c', script], {
    input: JSON.stringify(given),
    encoding: 'utf8',
  });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

const read = `
import json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sigstore.dsse import Envelope, _verify
from sigstore.errors import VerificationError
from sigstore.models import Bundle as ClientBundle, InvalidBundle
from sigstore_models.bundle.v1 import Bundle
given = json.load(sys.stdin)
bundle = Bundle.from_json(given["bundle"])
answer = {"again": json.loads(bundle.to_json()), "hint": bundle.verification_material.public_key.hint}
for name in ["own", "other"]:
    try:
        answer[name] = _verify(load_pem_public_key(given[name].encode()), Envelope(bundle.dsse_envelope)).decode()
    except VerificationError as error:
        answer[name] = str(error)
try:
    ClientBundle.from_json(given["bundle"])
except InvalidBundle as error:
    answer["client"] = str(error)
print(json.dumps(answer))
`;

const write = `
import hashlib, json, sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sigstore.dsse import StatementBuilder, Subject, _sign
from sigstore_models.bundle.v1 import Bundle, VerificationMaterial
from sigstore_models.common.v1 import PublicKeyIdentifier
given = json.load(sys.stdin)
key = load_pem_private_key(given["secret"].encode(), None)
pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
root = hashlib.sha256(b"".join(bytes.fromhex(one["digest"]) for one in given["resources"])).hexdigest()
statement = (
    StatementBuilder()
    .subjects([Subject(name="model", digest={"sha256": root})])
    .predicate_type("https://model_signing/signature/v1.0")
    .predicate({
        "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False},
        "resources": given["resources"],
    })
    .build()
)
bundle = Bundle(
    media_type=given["mediaType"],
    verification_material=VerificationMaterial(
        public_key=PublicKeyIdentifier(hint=hashlib.sha256(pem).hexdigest()), tlog_entries=[]
    ),
    dsse_envelope=_sign(key, statement)._inner,
)
print(bundle.to_json())
`;

const files = ['a.bin', 'sub/b.json'].map((name) => ({ name, digest: digestOf(name) }));

describe('bundles with a key', () => {
  it('that we write, the models of Sigstore read, and its client checks the signature', async () => {
    const [key, other] = [newKey(), newKey()];
    const text = await signFolder(
      { name: 'model', files, ignored: ['model.sig'] },
      signerOf(key.secret, { place: 'the test' }),
    );
    const answer = python(read, { bundle: text, own: key.publicKey, other: other.publicKey });
    const { dsseEnvelope } = JSON.parse(text) as { dsseEnvelope: { payload: string } };
    expect(answer).toEqual({
      again: JSON.parse(text),
      hint: hintOf(key.publicKey),
      own: Buffer.from(dsseEnvelope.payload, 'base64').toString(),
      other: 'DSSE: invalid signature',
      client: 'expected certificate in bundle',
    });
  });

  it('on P-384 the client looks for SHA-256, and the signature is over SHA-384', async () => {
    const key = newKey('P-384');
    const text = await signFolder({ name: 'model', files, ignored: [] }, signerOf(key.secret, { place: 'the test' }));
    const answer = python(read, { bundle: text, own: key.publicKey, other: key.publicKey });
    expect(answer).toMatchObject({ again: JSON.parse(text), own: 'DSSE: invalid signature' });
  });

  it.each([
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
  ])('that Sigstore writes, we read: %s', (mediaType) => {
    const [key, other] = [newKey(), newKey()];
    const resources = files.map(({ name, digest }) => ({ name, digest: digest.slice(7), algorithm: 'sha256' }));
    const text = JSON.stringify(python(write, { secret: key.secret, mediaType, resources }));
    const opened = openFolderSignature(text, [publicKeyOf(key.publicKey, 'the test')]);
    expect(opened).toMatchObject({ name: 'model', resources: files, shardBytes: null, ignored: [] });
    expect(openFolderSignature(text, [publicKeyOf(other.publicKey, 'the test')])).toBeNull();
    const changed = resources.map((one, place) => (place === 0 ? { ...one, digest: hex(digestOf('x')) } : one));
    const { dsseEnvelope, ...rest } = JSON.parse(text) as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
    statement.predicate.resources = changed;
    const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    const forged = JSON.stringify({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload } });
    expect(openFolderSignature(forged, [publicKeyOf(key.publicKey, 'the test')])).toBeNull();
  });
});

const hex = (digest: Digest): string => digest.slice('sha256:'.length);
