/**
 * Users whom a provider of OpenID Connect vouches for. Its subject is who somebody is; a name may be given to another person
 * later. So a name alone lets in nobody who was not expected: only a user without password and subject, whom an admin made
 * for this, takes the subject of the first one who comes by its name.
 */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Person, User } from './access-store.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { checkUserName, keyOfName } from './names.ts';
import type { Role } from './roles.ts';
import { changeRole, insertUser, requireUser, rowBy, toUser, type UserRow } from './users.ts';

/** The user that a provider means, made or found. */
export async function admitPerson(database: Database, person: Person, by: Actor): Promise<User> {
  const { subject, role } = person;
  return await database.transaction(async (session) => {
    const user = (await rowBy(session, 'subject', subject)) ?? (await byName(session, person, by));
    if (user === null) return await addPerson(session, person, by);
    if (role !== null) await changeRole(session, { user, role }, by);
    return toUser(await requireUser(session, user.name));
  });
}

/** Whoever waits under the name, with the subject from now on; null where nobody has the name. */
async function byName(session: Session, { name, subject }: Person, by: Actor): Promise<UserRow | null> {
  const key = keyOfName(checkUserName(name));
  const found = await session.first<{ name: string }>('select name from access_users where name_key = ?', [key]);
  if (found === null) return null;
  const user = await requireUser(session, found.name);
  const link =
    'update access_users set subject = ?, updated_at_ms = ? where id = ? and subject is null and password is null';
  if ((await session.run(link, [subject, now(), user.id])) === 0)
    throw new PlatformError('ACCESS_NAME_TAKEN', {
      message: `there is a user ${user.name} already, who is not known to be the one whom the provider calls so`,
      details: { person: name },
    });
  await noteChange(session, by, 'users by-provider', `user ${user.name}`);
  return user;
}

async function addPerson(session: Session, { name, subject, ...person }: Person, by: Actor): Promise<User> {
  const role: Role | null = person.role ?? person.newcomers;
  if (role !== null) return await insertUser(session, { name: checkUserName(name), password: null, subject, role }, by);
  throw new PlatformError('ACCESS_NOT_INVITED', {
    message: `nobody was let in by the name ${JSON.stringify(name.slice(0, 150))}`,
    details: { person: name },
  });
}
