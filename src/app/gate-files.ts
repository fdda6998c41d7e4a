import { join } from 'node:path';
import type { GateFiles } from '../pipeline/index.ts';
import { sealingKeyPath } from '../provenance/index.ts';
import type { Config } from './config.ts';
import { projectId } from './project.ts';

/**
 * Where what guards the sealed parts of a project is kept: the ledger with the project's state; keys and use logs outside,
 * where deleting the state does not reach.
 */
export async function gateFilesOf(config: Config): Promise<GateFiles> {
  return {
    ledger: join(config.stateDir, 'ledger.db'),
    useLogs: join(config.keysDir, 'uses'),
    keysDir: config.keysDir,
    key: sealingKeyPath(config.keysDir, await projectId(config)),
  };
}
