import { describe } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../../test/contract/databases.ts';
import { trackingHistoriesContract } from '../../test/contract/tracking-histories.ts';
import { trackingLoggingContract } from '../../test/contract/tracking-logging.ts';
import { trackingModelsContract } from '../../test/contract/tracking-models.ts';
import { trackingStoreContract } from '../../test/contract/tracking-store.ts';

const hasServer = await hasPostgres();
for (const [what, contract] of Object.entries({
  'experiments and runs': trackingStoreContract,
  'what is logged': trackingLoggingContract,
  'logged models': trackingModelsContract,
  histories: trackingHistoriesContract,
})) {
  describe(`${what} on SQLite`, () => contract(newSqlite));
  describe.skipIf(!hasServer)(`${what} on PostgreSQL`, () => contract(newPostgres));
}
