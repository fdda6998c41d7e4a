import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { secureRandomBytes } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { bad, readOrCreateKeyFile, requireOutside } from './local/key-file.ts';
import { badName, isKeyName } from './local/local-signer.ts';

const keyBytes = 32;
const fileForm = /^mlspec-sealing-key-v1 ([A-Za-z0-9_-]{43})\n?$/;

/** The symmetric key of a project's sealed parts. Printing it, or turning it into JSON, shows its id alone. */
export class SealingKey {
  /** The first 128 bits of a hash of the key, in hexadecimal. Public. */
  readonly keyId: string;
  /** Held by `node:crypto`, which does not print it. */
  readonly secret: KeyObject;

  /** Use `createSealingKey`. */
  constructor(keyId: string, secret: KeyObject) {
    this.keyId = keyId;
    this.secret = secret;
  }

  /** The 32 bytes of the key, to hand it to a child that may unseal, and for nothing else. */
  get bytes(): Buffer {
    return this.secret.export();
  }
}

/**
 * The sealing key of a project, made at first use: a file of mode 0600 in a folder outside the project.
 * @param projectId letters, digits, `.`, `_`, `-`
 * @param options.projectRoot where given, a folder for keys inside it is refused
 * @throws PlatformError PROVENANCE_KEY_EXPOSED, PROVENANCE_KEY_UNAVAILABLE, PROVENANCE_KEY_BAD, PROVENANCE_KEY_PLACE
 */
export async function loadOrCreateSealingKey(
  keysDir: string,
  projectId: string,
  options: { readonly projectRoot?: string } = {},
): Promise<SealingKey> {
  if (!isKeyName(projectId)) throw badName(projectId);
  if (options.projectRoot !== undefined) await requireOutside(keysDir, options.projectRoot);
  const path = sealingKeyPath(keysDir, projectId);
  const text = await readOrCreateKeyFile(path, () => formatKey(secureRandomBytes(keyBytes)));
  const bytes = parseKey(text);
  if (bytes === null) throw bad(path);
  return createSealingKey(bytes);
}

/** The file of a project's sealing key. */
export function sealingKeyPath(keysDir: string, projectId: string): string {
  return join(keysDir, `${projectId}.sealing`);
}

/** A key from the text of a key file, as handed in by a variable. @throws PlatformError PROVENANCE_KEY_BAD */
export function parseSealingKey(text: string): SealingKey {
  const bytes = parseKey(text.trim());
  if (bytes === null) throw bad('the variable that hands in the sealing key');
  return createSealingKey(bytes);
}

/** A key from its 32 bytes, as an executor hands it to a child. @throws PlatformError PROVENANCE_KEY_BAD */
export function createSealingKey(bytes: Uint8Array): SealingKey {
  if (bytes.length !== keyBytes) {
    throw new PlatformError('PROVENANCE_KEY_BAD', { message: `expected a sealing key of ${keyBytes} bytes` });
  }
  const id = hash('sha256', Buffer.concat([Buffer.from('mlspec sealing key id\0'), bytes]), 'hex').slice(0, 32);
  return new SealingKey(id, createSecretKey(bytes));
}

function formatKey(bytes: Uint8Array): string {
  return `mlspec-sealing-key-v1 ${Buffer.from(bytes).toString('base64url')}\n`;
}

function parseKey(text: string): Buffer | null {
  const found = fileForm.exec(text);
  if (found === null) return null;
  const bytes = Buffer.from(found[1]!, 'base64url');
  return bytes.length === keyBytes ? bytes : null;
}
