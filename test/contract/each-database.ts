import { describe } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from './databases.ts';

/** Both kinds of databases, and whether there is one here. */
const eachDatabase = [
  { name: 'SQLite', create: newSqlite, isHere: true },
  { name: 'PostgreSQL', create: newPostgres, isHere: await hasPostgres() },
] as const;

/** Declares the same tests on both; those on PostgreSQL are skipped by name where none answers. */
export function describeOnEachDatabase(declare: (create: () => Promise<TestDatabase>) => void): void {
  for (const { name, create, isHere } of eachDatabase) describe.skipIf(!isHere)(`on ${name}`, () => declare(create));
}
