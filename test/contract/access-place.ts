import { afterAll, beforeAll } from 'vitest';
import { type AccessStore, type Actor, openAccess, type Role } from '../../src/access/index.ts';
import type { Database } from '../../src/database/index.ts';
import { describeOnEachDatabase } from './each-database.ts';

/** Whoever sets a test up. */
export const by: Actor = { user: 'root', token: null, address: null };
/** The password of everybody. */
export const password = 'correct horse battery';

/** A store of users with its database. */
export interface AccessPlace {
  readonly store: AccessStore;
  readonly database: Database;
}

/** Declares the same tests on both databases, for the user `admin` and some others. @param declare gets what is opened before the first test */
export function describeAccess(
  users: Readonly<Record<string, Role>>,
  declare: (opened: () => AccessPlace) => void,
): void {
  describeOnEachDatabase((create) => {
    let opened: AccessPlace;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const place = await create();
      const database = await place.open();
      close = () => database.close().then(() => place.dispose());
      const store = await openAccess(database);
      await store.addFirstAdmin({ name: 'admin', password }, by);
      for (const [name, role] of Object.entries(users)) await store.addUser({ name, password, role }, by);
      opened = { store, database };
    });
    afterAll(() => close());
    declare(() => opened);
  });
}
