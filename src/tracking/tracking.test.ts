import { describe } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../../test/contract/databases.ts';
import { trackingStoreContract } from '../../test/contract/tracking-store.ts';

describe('tracking on SQLite', () => trackingStoreContract(newSqlite));
describe.skipIf(!(await hasPostgres()))('tracking on PostgreSQL', () => trackingStoreContract(newPostgres));
