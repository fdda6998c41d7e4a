/**
 * Ids that whoever makes something can know before it is made: a key of 256 random bits gives the id, which is the
 * beginning of the key's digest. So an id can be written down while a server is away and be taken there later, and nobody
 * who reads it can take it first, or learn by trying whether it is taken: for that the key is needed, which is told to
 * nobody but the server that makes the thing.
 */
import { digestHex, digestOf, secureRandomBytes } from '../encoding/index.ts';
import { badValue } from './names.ts';

const keyForm = /^[0-9a-f]{64}$/;

/** A key that nobody knows. */
export function newIdKey(): string {
  return secureRandomBytes(32).toString('hex');
}

/**
 * The ids that something new may get, the first that is free. @param key 64 hexadecimal digits; left out: any id
 * @throws PlatformError TRACKING_BAD_VALUE
 */
export function idsToTake(kind: 'run' | 'model', key: string | undefined): readonly string[] {
  const random = secureRandomBytes(16).toString('hex');
  if (key === undefined || key === '') return [random];
  if (!keyForm.test(key))
    throw badValue("Invalid value for parameter 'mlspec_id_key': expected 64 hexadecimal digits.");
  return [digestHex(digestOf(`mlspec ${kind} ${key}`)).slice(0, 32), random];
}
