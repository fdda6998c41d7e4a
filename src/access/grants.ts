/* Roles on single experiments and models. */
import type { Database, Session } from '../database/index.ts';
import type { Selection } from '../tracking/index.ts';
import type { Grant } from './access-store.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { badValue } from './names.ts';
import { covers, type Resource, type ResourceKind, type Role } from './roles.ts';
import { requireUser } from './users.ts';

const target = { table: 'access_grants', columns: ['user_id', 'kind', 'resource', 'role'] };
const longestId = 256;
/** Stands in a team's grant in the place of a resource. No experiment and no model is called so, as one may be called `*`. */
export const everything = '';
/** Where it stands who was given what on things: users, and teams. */
const tables = ['access_grants', 'access_team_grants'];

/** A resource in words: `experiment 3`. */
export function sayResource({ kind, id }: Resource): string {
  return `${kind} ${id}`;
}

/** Checks that a resource can be one. @throws PlatformError ACCESS_BAD_VALUE */
export function checkResource({ kind, id }: Resource): void {
  const isId = kind === 'experiment' ? /^(0|[1-9]\d{0,15})$/.test(id) : id !== '' && id.length <= longestId;
  if (isId && !id.includes('\0') && id.isWellFormed()) return;
  throw badValue(
    `expected ${kind === 'experiment' ? 'the id of an experiment' : 'the name of a model'}, found ${JSON.stringify(id.slice(0, 100))}`,
  );
}

/** Gives a role on something, in place of the one before. */
export async function grant(database: Database, of: Grant & { readonly user: string }, by: Actor): Promise<void> {
  checkResource(of);
  await database.transaction(async (session) => {
    const { id, name } = await requireUser(session, of.user);
    await put(session, id, of);
    await noteChange(session, by, `users grant ${of.role} to ${name}`, sayResource(of));
  });
}

/** Takes that away. @returns whether there was one */
export async function revoke(
  database: Database,
  of: Resource & { readonly user: string },
  by: Actor,
): Promise<boolean> {
  checkResource(of);
  return await database.transaction(async (session) => {
    const { id, name } = await requireUser(session, of.user);
    const sql = 'delete from access_grants where user_id = ? and kind = ? and resource = ?';
    const wasThere = (await session.run(sql, [id, of.kind, of.id])) > 0;
    if (wasThere) await noteChange(session, by, `users revoke from ${name}`, sayResource(of));
    return wasThere;
  });
}

async function put(session: Session, userId: number, { kind, id, role }: Grant): Promise<void> {
  const onConflict = { sql: '(user_id, kind, resource) do update set role = excluded.role' };
  await session.insert(target, [[userId, kind, id, role]], { onConflict });
}

/** All of a user, by kind and id. */
export async function listGrants(session: Session, user: string): Promise<Grant[]> {
  const { id } = await requireUser(session, user);
  return await session.all<Grant>(
    'select kind, resource as id, role from access_grants where user_id = ? order by kind, resource',
    [id],
  );
}

/** What somebody was given: the own grants and those of all teams. Takes the user twice. */
const given = `(select kind, resource, role from access_grants where user_id = ? union all
  select g.kind, g.resource, g.role from access_team_members m
    join access_team_grants g on g.team_id = m.team_id where m.user_id = ?) given`;

/** The role that somebody was given on something, by `everything` too; null where none was. `none` outweighs all others, else the greatest counts. */
export async function grantOn(session: Session, userId: number, { kind, id }: Resource): Promise<Role | null> {
  const sql = `select role from ${given} where kind = ? and resource in (?, '${everything}')`;
  const rows = await session.all<{ role: Role }>(sql, [userId, userId, kind, id]);
  return fold(rows.map(({ role }) => role));
}

function fold(found: readonly Role[]): Role | null {
  if (found.includes('none')) return 'none';
  return found.reduce<Role | null>((most, role) => (most !== null && covers(most, role) ? most : role), null);
}

/** The things of a kind that somebody may read. */
export async function readableBy(
  session: Session,
  userId: number,
  { kind, elsewhere }: { readonly kind: ResourceKind; readonly elsewhere: Role },
): Promise<Selection> {
  const all = await grantOn(session, userId, { kind, id: everything });
  if (all === 'none') return { which: 'only', ids: [] };
  const which = covers(all ?? elsewhere, 'reader') ? 'except' : 'only';
  const hidden = "max(case role when 'none' then 1 else 0 end)";
  const rows = await session.all<{ resource: string }>(
    `select resource from ${given} where kind = ? and resource <> '${everything}' group by resource having ${hidden} = ?`,
    [userId, userId, kind, which === 'except' ? 1 : 0],
  );
  return { which, ids: rows.map(({ resource }) => resource) };
}

/** What is new is its maker's alone. */
export async function grantMaker(database: Database, userId: number, resource: Resource): Promise<void> {
  await database.transaction(async (session) => {
    await dropGrants(session, resource);
    await put(session, userId, { ...resource, role: 'admin' });
  });
}

/** Grants follow a thing to its new id. */
export async function moveGrants(database: Database, from: Resource, to: Resource): Promise<void> {
  await database.transaction(async (session) => {
    await dropGrants(session, to);
    for (const table of tables) {
      const sql = `update ${table} set resource = ? where kind = ? and resource = ?`;
      await session.run(sql, [to.id, from.kind, from.id]);
    }
  });
}

/** Nobody has a grant on something any more, but by `everything`. */
export async function dropGrants(session: Session, { kind, id }: Resource): Promise<void> {
  for (const table of tables) await session.run(`delete from ${table} where kind = ? and resource = ?`, [kind, id]);
}
