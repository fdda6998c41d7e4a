/* Roles on single experiments and models. */
import type { Database, Session } from '../database/index.ts';
import type { Selection } from '../tracking/index.ts';
import type { Actor, Grant } from './access-store.ts';
import { noteChange } from './audit-log.ts';
import { badValue } from './names.ts';
import { covers, type Resource, type ResourceKind, type Role } from './roles.ts';
import { requireUser } from './users.ts';

const target = { table: 'access_grants', columns: ['user_id', 'kind', 'resource', 'role'] };
const longestId = 256;

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

/** The role that somebody was given on something; null where none was. */
export async function grantOn(session: Session, userId: number, { kind, id }: Resource): Promise<Role | null> {
  const sql = 'select role from access_grants where user_id = ? and kind = ? and resource = ?';
  return (await session.first<{ role: Role }>(sql, [userId, kind, id]))?.role ?? null;
}

/** The things of a kind that somebody may read. */
export async function readableBy(
  session: Session,
  userId: number,
  { kind, elsewhere }: { readonly kind: ResourceKind; readonly elsewhere: Role },
): Promise<Selection> {
  const which = covers(elsewhere, 'reader') ? 'except' : 'only';
  const sign = which === 'except' ? '=' : '<>';
  const rows = await session.all<{ resource: string }>(
    `select resource from access_grants where user_id = ? and kind = ? and role ${sign} 'none'`,
    [userId, kind],
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
    const sql = 'update access_grants set resource = ? where kind = ? and resource = ?';
    await session.run(sql, [to.id, from.kind, from.id]);
  });
}

/** Nobody has a grant on something any more. */
export async function dropGrants(session: Session, { kind, id }: Resource): Promise<void> {
  await session.run('delete from access_grants where kind = ? and resource = ?', [kind, id]);
}
