import { type Database, migrate } from '../database/index.ts';
import type { AccessStore, SignedIn } from './access-store.ts';
import { noteEntries, readEntries } from './audit-log.ts';
import { dropGrants, grant, grantMaker, grantOn, listGrants, moveGrants, readableBy, revoke } from './grants.ts';
import { isPassword } from './passwords.ts';
import { admitPerson } from './people.ts';
import { accessSchema } from './schema.ts';
import { openTeams } from './teams.ts';
import { addToken, byToken, listTokens, revokeToken } from './tokens.ts';
import {
  addFirstAdmin,
  addUser,
  changeUser,
  listUsers,
  removeUser,
  requireUser,
  rowBy,
  rowByName,
  toUser,
  type UserRow,
} from './users.ts';
import { createVerifiedPasswords, type VerifiedPasswords } from './verified-passwords.ts';
import { bySession, endSession, endSessions, openSession } from './web-sessions.ts';

/**
 * Users, grants, tokens, sessions and the audit log in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openAccess(database: Database): Promise<AccessStore> {
  await migrate(database, accessSchema);
  const verified = createVerifiedPasswords();
  const shown = (row: UserRow | null) => (row === null ? null : toUser(row));
  return {
    addUser: (user, by) => addUser(database, user, by),
    addFirstAdmin: (user, by) => addFirstAdmin(database, user, by),
    findUser: async (name) => shown(await rowByName(database, name)),
    findSubject: async (subject) => shown(await rowBy(database, 'subject', subject)),
    listUsers: () => listUsers(database),
    changeUser: (name, change, by) => changeUser(database, { ...change, name }, by),
    removeUser: (name, by) => removeUser(database, name, by),
    grant: (user, of, by) => grant(database, { ...of, user }, by),
    revoke: (user, of, by) => revoke(database, { ...of, user }, by),
    listGrants: (user) => listGrants(database, user),
    grantOn: (userId, resource) => grantOn(database, userId, resource),
    readableBy: (userId, kind, elsewhere) => readableBy(database, userId, { kind, elsewhere }),
    grantMaker: (userId, resource) => grantMaker(database, userId, resource),
    moveGrants: (from, to) => moveGrants(database, from, to),
    dropGrants: (resource) => dropGrants(database, resource),
    teams: openTeams(database),
    addToken: (token, by) => addToken(database, token, by),
    listTokens: (user) => listTokens(database, user),
    revokeToken: (prefix, by) => revokeToken(database, prefix, by),
    byPassword: (name, password) => byPassword(database, { name, password }, verified),
    byToken: (secret) => byToken(database, secret),
    admitPerson: (person, by) => admitPerson(database, person, by),
    openSession: (session, by) => openSession(database, session, by),
    bySession: (secret) => bySession(database, secret),
    endSession: (secret, by) => endSession(database, secret, by),
    endSessions: (user, by) => endSessions(database, user, by),
    note: (entries) => noteEntries(database, entries),
    readLog: (query) => readEntries(database, query),
  };
}

async function byPassword(
  database: Database,
  { name, password }: { readonly name: string; readonly password: string },
  verified: VerifiedPasswords,
): Promise<SignedIn | null> {
  const row = await rowByName(database, name);
  const kept = row?.password ?? null;
  const isKnown = kept !== null && verified.has(password, kept);
  if (!isKnown && !(await isPassword(password, kept))) return null;
  if (row === null || kept === null) return null;
  if (!isKnown) verified.add(password, kept);
  // It may have been removed, or got another password, while this one was verified.
  const still = await requireUser(database, row.name).catch(() => null);
  return still !== null && still.password === kept ? { user: toUser(still), token: null } : null;
}
