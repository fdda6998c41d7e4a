import type { Database } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import { openRegistry, type PackagedVersion } from '../registry/index.ts';
import { splitSelector } from './package-verdicts.ts';

/**
 * The registered version that a name means; null where no model has the name, which may then be that of something else.
 * @param name `MODEL`, `MODEL/VERSION` or `MODEL/ALIAS`
 * @throws PlatformError REGISTRY_VERSION_UNKNOWN where there is the model, and no such version; REGISTRY_NO_PACKAGE
 */
export async function findVersion(database: Database, name: string): Promise<PackagedVersion | null> {
  const registry = await openRegistry(database);
  const [model, selector] = splitSelector(name);
  const found = await registry.findModel(model, selector);
  if (found !== null || !(await registry.listModels()).some((one) => one.name === model)) return found;
  throw new PlatformError('REGISTRY_VERSION_UNKNOWN', {
    message: `expected a version or alias of model ${model}, found ${JSON.stringify(selector?.slice(0, 100) ?? '')}`,
  });
}
