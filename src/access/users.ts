/* Users in the database. */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { NewUser, User, UserChange } from './access-store.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { checkUserName, keyOfName } from './names.ts';
import { hashPassword } from './passwords.ts';
import type { Role } from './roles.ts';

/** A row of users; the password as it is kept. */
export interface UserRow {
  readonly id: number;
  readonly name: string;
  readonly password: string | null;
  readonly subject: string | null;
  readonly role: Role;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

const columns = 'id, name, password, subject, role, created_at_ms, updated_at_ms';

/** What is told of a user. */
export function toUser({ id, name, role, subject, password, created_at_ms, updated_at_ms }: UserRow): User {
  const signsInBy = [
    ...(password === null ? [] : (['password'] as const)),
    ...(subject === null ? [] : (['provider'] as const)),
    // Made for somebody whom the provider has not sent yet.
    ...(password === null && subject === null ? (['awaited'] as const) : []),
  ];
  return { id, name, role, subject, signsInBy, createdAtMs: created_at_ms, updatedAtMs: updated_at_ms };
}

/** The row by a name, letter by letter; null where there is none. */
export async function rowByName(session: Session, name: string): Promise<UserRow | null> {
  // A text that no database keeps names nobody.
  if (name.includes('\0') || !name.isWellFormed()) return null;
  return await session.first<UserRow>(`select ${columns} from access_users where name = ?`, [name.normalize('NFC')]);
}

/** The row by an id or a subject; null where there is none. */
export async function rowBy(
  session: Session,
  column: 'id' | 'subject',
  value: number | string,
): Promise<UserRow | null> {
  return await session.first<UserRow>(`select ${columns} from access_users where ${column} = ?`, [value]);
}

/** The row by a name. @throws PlatformError ACCESS_USER_UNKNOWN */
export async function requireUser(session: Session, name: string): Promise<UserRow> {
  const row = await rowByName(session, name);
  if (row !== null) return row;
  throw new PlatformError('ACCESS_USER_UNKNOWN', {
    message: `User with username=${name.slice(0, 150)} not found`,
    details: { name },
  });
}

/** Adds a user. */
export async function addUser(database: Database, user: NewUser, by: Actor): Promise<User> {
  const row = await rowOf(user);
  return await database.transaction((session) => insertUser(session, row, by));
}

/** Adds the first user, an admin, unless there is one. */
export async function addFirstAdmin(
  database: Database,
  user: Pick<NewUser, 'name' | 'password'>,
  by: Actor,
): Promise<boolean> {
  const row = await rowOf({ ...user, role: 'admin' });
  return await database.transaction(async (session) => {
    if ((await session.first('select id from access_users limit 1')) !== null) return false;
    await insertUser(session, row, by);
    return true;
  });
}

type NewRow = Omit<UserRow, 'id' | 'created_at_ms' | 'updated_at_ms'>;

async function rowOf({ name, password, role, subject = null }: NewUser): Promise<NewRow> {
  return {
    name: checkUserName(name),
    role,
    subject,
    password: password === null ? null : await hashPassword(password),
  };
}

/** Adds a row. @throws PlatformError ACCESS_USER_EXISTS */
export async function insertUser(
  session: Session,
  { name, password, subject, role }: NewRow,
  by: Actor,
): Promise<User> {
  const at = now();
  const names = ['name', 'name_key', 'password', 'subject', 'role', 'created_at_ms', 'updated_at_ms'];
  const values = [name, keyOfName(name), password, subject, role, at, at];
  const options = { onConflict: 'nothing' } as const;
  if ((await session.insert({ table: 'access_users', columns: names }, [values], options)) === 0) {
    throw new PlatformError('ACCESS_USER_EXISTS', {
      message: `User (username=${name}) already exists, or one whose name looks alike.`,
      details: { name },
    });
  }
  await noteChange(session, by, `users add as ${role}`, `user ${name}`);
  return toUser(await requireUser(session, name));
}

/** All users by name. */
export async function listUsers(session: Session): Promise<User[]> {
  return (await session.all<UserRow>(`select ${columns} from access_users order by name`)).map(toUser);
}

/** Changes the password or the role of a user. */
export async function changeUser(
  database: Database,
  { name, password, role }: UserChange & { readonly name: string },
  by: Actor,
): Promise<User> {
  const hash = password === undefined ? undefined : await hashPassword(password);
  return await database.transaction(async (session) => {
    const user = await requireUser(session, name);
    if (hash !== undefined) {
      await session.run('update access_users set password = ?, updated_at_ms = ? where id = ?', [hash, now(), user.id]);
      await noteChange(session, by, 'users password', `user ${user.name}`);
    }
    if (role !== undefined) await changeRole(session, { user, role }, by);
    return toUser(await requireUser(session, name));
  });
}

/** Gives a user another role; nothing where it has that one. @throws PlatformError ACCESS_LAST_ADMIN */
export async function changeRole(
  session: Session,
  { user, role }: { readonly user: UserRow; readonly role: Role },
  by: Actor,
): Promise<void> {
  if (role === user.role) return;
  if (user.role === 'admin') await requireOtherAdmin(session, user.id);
  await session.run('update access_users set role = ?, updated_at_ms = ? where id = ?', [role, now(), user.id]);
  await noteChange(session, by, `users role ${role}`, `user ${user.name}`);
}

/** Takes a user away, with grants, tokens and sessions. */
export async function removeUser(database: Database, name: string, by: Actor): Promise<void> {
  await database.transaction(async (session) => {
    const { id, role, name: known } = await requireUser(session, name);
    if (role === 'admin') await requireOtherAdmin(session, id);
    await session.run('delete from access_grants where user_id = ?', [id]);
    await session.run('delete from access_team_members where user_id = ?', [id]);
    await session.run('delete from access_tokens where user_id = ?', [id]);
    await session.run('delete from access_sessions where user_id = ?', [id]);
    await session.run('delete from access_users where id = ?', [id]);
    await noteChange(session, by, 'users remove', `user ${known}`);
  });
}

async function requireOtherAdmin(session: Session, id: number): Promise<void> {
  const other = await session.first("select id from access_users where role = 'admin' and id <> ? limit 1", [id]);
  if (other !== null) return;
  throw new PlatformError('ACCESS_LAST_ADMIN', {
    message: 'the last admin cannot be removed nor made anything else: nobody could let anybody in',
  });
}
