import {
  type AliasCheck,
  type AliasDecision,
  type AliasProtection,
  aliasChecks,
  openRegistry,
} from '../registry/index.ts';
import type { Config } from './config.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';

/** What a protection may ask for beside approvals. */
export const aliasCheckNames: readonly AliasCheck[] = aliasChecks;
/** One of them. */
export type AliasCheckName = AliasCheck;

/**
 * Lets an alias of a model move only to versions that others approved, or lifts that with 0 approvals. The decision stands in
 * the record under this user's key.
 * @throws PlatformError REGISTRY_MODEL_UNKNOWN, REGISTRY_BAD_NAME, REGISTRY_BAD_VALUE
 */
export async function protectAlias(config: Config, protection: AliasProtection): Promise<void> {
  const { keyId: by } = await openSigning(config).signer('owner');
  await withRecord(config, async ({ metadata }) => {
    const registry = await openRegistry(metadata.database);
    await registry.protectAlias({ ...protection, by });
  });
}

/** What was decided about the aliases of a model, the first first. @throws PlatformError REGISTRY_MODEL_UNKNOWN */
export async function aliasDecisions(config: Config, model: string): Promise<AliasDecision[]> {
  return await withRecord(config, async ({ metadata }) => {
    const registry = await openRegistry(metadata.database);
    await registry.getModel(model);
    return await registry.listDecisions(model);
  });
}
