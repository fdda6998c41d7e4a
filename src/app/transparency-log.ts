import { join } from 'node:path';
import { toPlatformError } from '../errors/index.ts';
import type { MetadataStore } from '../metadata/index.ts';
import type { Verifier } from '../provenance/index.ts';
import { extendLog } from '../provenance/log/index.ts';
import type { Config } from './config.ts';
import { projectId } from './project.ts';
import type { Signing } from './signing.ts';

/** The folder of a project's log, as tiles. */
export function logFolder(config: Config): string {
  return join(config.stateDir, 'log');
}

/** The name of a project's log. */
export async function logOrigin(config: Config): Promise<string> {
  return `mlspec.local/${await projectId(config)}`;
}

/**
 * Brings the tiles of a project's log up to its entries and signs a checkpoint.
 * @returns the checkpoint
 * @throws PlatformError PROVENANCE_LOG_FORKED, PROVENANCE_LOG_BAD
 */
export async function publishLog(
  config: Config,
  from: { readonly metadata: MetadataStore; readonly signing: Signing; readonly isRepair?: boolean },
): Promise<string> {
  const { metadata, signing, isRepair = false } = from;
  return await extendLog(logFolder(config), {
    size: await metadata.logSize(),
    read: async (start, end) => (await metadata.logEntries(start, end)).map((entry) => Buffer.from(entry)),
    signer: await signing.log(),
    formerKeys: () => trustedLogKeys(config),
    origin: await logOrigin(config),
    isRepair,
  });
}

async function trustedLogKeys(config: Config): Promise<readonly Verifier[]> {
  const { keysFor, readTrust } = await import('../provenance/keys/index.ts');
  return keysFor(await readTrust(config.keysDir), 'log', null).filter(({ algorithm }) => algorithm === 'ed25519');
}

/**
 * The same at the end of a run, whose record is complete without it: what goes wrong is said, and the run stays as it is.
 */
export async function publishLogOrSay(
  config: Config,
  work: { readonly metadata: MetadataStore; readonly signing: Signing; readonly onProgress: (message: string) => void },
): Promise<void> {
  try {
    await publishLog(config, work);
    if (config.witnesses.length > 0) await cosignOrSay(config, work.onProgress);
  } catch (error) {
    const { code, message } = toPlatformError(error);
    work.onProgress(`the log was not brought up to date: ${code}: ${message}. See: mlspec log verify`);
  }
}

async function cosignOrSay(config: Config, onProgress: (message: string) => void): Promise<void> {
  const { cosignLog } = await import('./witness/cosign-log.ts');
  for (const { witness, refused } of await cosignLog(logFolder(config), config.witnesses)) {
    if (refused !== null) onProgress(`the witness ${witness} did not sign the log: ${refused}`);
  }
}
