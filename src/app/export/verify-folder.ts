import { publicKeyOf } from '../../provenance/index.ts';
import { type KeyRole, noTrust, type Trust, toTrusted, withKey } from '../../provenance/keys/index.ts';
import { type ExportVerdict, verifyFolderUnder } from './verify-export.ts';

/** Whose signatures count, and in which roles. */
export interface FolderVerification {
  readonly keys: readonly {
    /** SPKI in PEM, as `mlspec keys show NAME` prints it. */
    readonly publicKey: string;
    readonly roles: readonly KeyRole[];
  }[];
  /** How many different keys must sign in a role; 1 where a role is not named. */
  readonly thresholds?: Trust['thresholds'];
  readonly signal?: AbortSignal;
}

/**
 * Whether the run in an exported folder did what its layout says, by these keys and the files of the folder alone: no record, no list of
 * trusted keys, no network, nothing of the environment. What is wrong with the run is in the verdict.
 * @throws PlatformError EXPORT_BAD for a folder that is none, PROVENANCE_PUBLIC_KEY_BAD; CANCELED by the signal
 */
export async function verifyFolder(folder: string, by: FolderVerification): Promise<ExportVerdict> {
  const { keys, thresholds = {}, signal } = by;
  const trusted = keys.map(({ publicKey, roles }) => {
    const key = publicKeyOf(publicKey, 'keys');
    return toTrusted(key, { name: key.keyId, roles });
  });
  const trust = { ...trusted.reduce(withKey, noTrust), thresholds };
  return await verifyFolderUnder(folder, { trust, ...(signal === undefined ? {} : { signal }) });
}
