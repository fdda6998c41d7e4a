/* Teams in the database. */
import type { Database, Session, SqlParameter } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { checkResource, everything, sayResource } from './grants.ts';
import { badValue, checkTeamName } from './names.ts';
import type { ResourceKind, Role } from './roles.ts';
import type { NewTeamGrant, Team, TeamChange, TeamGrant, TeamMember, TeamStore, TeamWords } from './team-store.ts';
import { requireUser } from './users.ts';

const longestDescription = 5000;

interface TeamRow {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
}

interface GrantRow {
  readonly id: number;
  readonly team_id: number;
  readonly kind: ResourceKind;
  readonly resource: string;
  readonly role: Role;
}

/** The teams in a database that has their tables. */
export function openTeams(database: Database): TeamStore {
  const changing = <Result>(work: (session: Session) => Promise<Result>) => database.transaction(work);
  return {
    add: (team, by) => changing((session) => addTeam(session, team, by)),
    find: (id) => requireTeam(database, id),
    list: () => teamsWhere(database),
    byMember: () => byMember(database),
    ofUser: async (user) =>
      (await byMember(database, (await requireUser(database, user)).id)).values().next().value ?? [],
    change: (id, words, by) => changing((session) => changeTeam(session, { ...words, id }, by)),
    remove: (id, by) => changing((session) => removeTeam(session, id, by)),
    addGrant: (id, grant, by) => changing((session) => addGrant(session, { ...grant, id }, by)),
    changeGrant: (grantId, role, by) => changing((session) => changeGrant(session, { id: grantId, role }, by)),
    removeGrant: (grantId, by) => changing((session) => removeGrant(session, grantId, by)),
    members: async (id) => membersWhere(database, 'team_id = ?', [(await requireTeam(database, id)).id]),
    addMember: (id, user, by) => changing((session) => addMember(session, { id, user }, by)),
    removeMember: (id, user, by) => changing((session) => removeMember(session, { id, user }, by)),
  };
}

async function teamsWhere(session: Session, id?: number): Promise<Team[]> {
  const [own, of, given] = id === undefined ? ['', '', []] : ['where id = ?', 'where team_id = ?', [id]];
  const rows = await session.all<TeamRow>(`select id, name, description from access_teams ${own} order by id`, given);
  const sql = `select id, team_id, kind, resource, role from access_team_grants ${of} order by id`;
  const grants = Map.groupBy(await session.all<GrantRow>(sql, given), ({ team_id }) => team_id);
  return rows.map((row) => ({ ...row, grants: (grants.get(row.id) ?? []).map(toGrant) }));
}

function toGrant({ id, team_id: teamId, kind, resource: pattern, role }: GrantRow): TeamGrant {
  return { id, teamId, kind, pattern: pattern === everything ? '*' : pattern, role };
}

async function requireTeam(session: Session, id: number): Promise<Team> {
  const [team] = Number.isSafeInteger(id) ? await teamsWhere(session, id) : [];
  if (team !== undefined) return team;
  throw unknown(`Role with id=${id} not found`);
}

async function byMember(session: Session, userId?: number): Promise<Map<number, Team[]>> {
  const [condition, given] = userId === undefined ? ['true', []] : ['user_id = ?', [userId]];
  const members = await membersWhere(session, condition, given);
  const teams = new Map((await teamsWhere(session)).map((team) => [team.id, team]));
  const grouped = Map.groupBy(members, (member) => member.userId);
  return new Map([...grouped].map(([id, all]) => [id, all.flatMap(({ teamId }) => teams.get(teamId) ?? [])]));
}

async function membersWhere(
  session: Session,
  condition: string,
  given: readonly SqlParameter[],
): Promise<TeamMember[]> {
  type Row = { readonly id: number; readonly user_id: number; readonly team_id: number };
  const sql = `select id, user_id, team_id from access_team_members where ${condition} order by id`;
  const rows = await session.all<Row>(sql, given);
  return rows.map(({ id, user_id: userId, team_id: teamId }) => ({ id, userId, teamId }));
}

async function addTeam(session: Session, { name, description }: TeamWords, by: Actor): Promise<Team> {
  const row = [checkTeamName(name), checkDescription(description ?? null)];
  const target = { table: 'access_teams', columns: ['name', 'description'] };
  if ((await session.insert(target, [row], { onConflict: 'nothing' })) === 0)
    throw exists(`Role (name=${name}, workspace=default) already exists.`);
  await noteChange(session, by, 'teams add', sayTeam(name));
  const made = await session.first<{ id: number }>('select id from access_teams where name = ?', [name]);
  return await requireTeam(session, made!.id);
}

async function changeTeam(session: Session, change: TeamChange & { readonly id: number }, by: Actor): Promise<Team> {
  const { name: before, description: said } = await requireTeam(session, change.id);
  const name = checkTeamName(change.name ?? before);
  const description = change.description === undefined ? said : checkDescription(change.description);
  const other = await session.first('select id from access_teams where name = ? and id <> ?', [name, change.id]);
  if (other !== null) throw exists(`Role with name=${name} already exists in workspace=default`);
  await session.run('update access_teams set name = ?, description = ? where id = ?', [name, description, change.id]);
  await noteChange(session, by, name === before ? 'teams describe' : `teams rename to ${name}`, sayTeam(before));
  return await requireTeam(session, change.id);
}

async function removeTeam(session: Session, id: number, by: Actor): Promise<void> {
  const { name } = await requireTeam(session, id);
  await session.run('delete from access_team_grants where team_id = ?', [id]);
  await session.run('delete from access_team_members where team_id = ?', [id]);
  await session.run('delete from access_teams where id = ?', [id]);
  await noteChange(session, by, 'teams remove', sayTeam(name));
}

async function addGrant(
  session: Session,
  given: NewTeamGrant & { readonly id: number },
  by: Actor,
): Promise<TeamGrant> {
  const { id, kind, pattern, role } = given;
  const { name } = await requireTeam(session, id);
  if (pattern !== '*') checkResource({ kind, id: pattern });
  const target = { table: 'access_team_grants', columns: ['team_id', 'kind', 'resource', 'role'] };
  if (
    (await session.insert(target, [[id, kind, pattern === '*' ? everything : pattern, role]], {
      onConflict: 'nothing',
    })) === 0
  )
    throw exists(`Role permission (role_id=${id}, resource_type=${kind}, resource_pattern=${pattern}) already exists.`);
  await noteChange(session, by, `teams grant ${role} to ${name}`, sayResource({ kind, id: pattern }));
  const made = (await requireTeam(session, id)).grants.find((one) => one.kind === kind && one.pattern === pattern);
  return made!;
}

async function requireGrant(session: Session, id: number): Promise<TeamGrant & { readonly team: string }> {
  const sql = `select g.id, team_id, kind, resource, role, name from access_team_grants g
    join access_teams t on t.id = g.team_id where g.id = ?`;
  const row = Number.isSafeInteger(id) ? await session.first<GrantRow & { readonly name: string }>(sql, [id]) : null;
  if (row === null) throw unknown(`Role permission with id=${id} not found`);
  return { ...toGrant(row), team: row.name };
}

async function changeGrant(
  session: Session,
  { id, role }: { readonly id: number; readonly role: Role },
  by: Actor,
): Promise<TeamGrant> {
  const { team, ...before } = await requireGrant(session, id);
  await session.run('update access_team_grants set role = ? where id = ?', [role, id]);
  await noteChange(
    session,
    by,
    `teams grant ${role} to ${team}`,
    sayResource({ kind: before.kind, id: before.pattern }),
  );
  return { ...before, role };
}

async function removeGrant(session: Session, id: number, by: Actor): Promise<void> {
  const { team, kind, pattern } = await requireGrant(session, id);
  await session.run('delete from access_team_grants where id = ?', [id]);
  await noteChange(session, by, `teams revoke from ${team}`, sayResource({ kind, id: pattern }));
}

interface Membership {
  readonly id: number;
  readonly user: string;
}

async function addMember(session: Session, { id, user }: Membership, by: Actor): Promise<TeamMember> {
  const known = await requireUser(session, user);
  const team = await requireTeam(session, id);
  const target = { table: 'access_team_members', columns: ['team_id', 'user_id'] };
  if ((await session.insert(target, [[id, known.id]], { onConflict: 'nothing' })) === 0)
    throw exists(`User role assignment (user_id=${known.id}, role_id=${id}) already exists`);
  await noteChange(session, by, `teams take ${known.name} in`, sayTeam(team.name));
  return (await membersWhere(session, 'team_id = ? and user_id = ?', [id, known.id]))[0]!;
}

async function removeMember(session: Session, { id, user }: Membership, by: Actor): Promise<void> {
  const known = await requireUser(session, user);
  const team = await requireTeam(session, id);
  const sql = 'delete from access_team_members where team_id = ? and user_id = ?';
  if ((await session.run(sql, [id, known.id])) === 0)
    throw unknown(`User role assignment (user_id=${known.id}, role_id=${id}) not found`);
  await noteChange(session, by, `teams let ${known.name} go`, sayTeam(team.name));
}

function sayTeam(name: string): string {
  return `team ${name}`;
}

function checkDescription(text: string | null): string | null {
  if (text === null || (text.length <= longestDescription && !text.includes('\0') && text.isWellFormed())) return text;
  throw badValue(`expected a description of ${longestDescription} characters at most`);
}

function unknown(message: string): PlatformError {
  return new PlatformError('ACCESS_TEAM_UNKNOWN', { message });
}

function exists(message: string): PlatformError {
  return new PlatformError('ACCESS_TEAM_EXISTS', { message });
}
