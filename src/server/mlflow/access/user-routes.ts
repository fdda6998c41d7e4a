/* Endpoints of users and their permissions, as MLflow's AuthServiceClient asks for them. `mlspec_role` says what MLflow has no word for. */
import { covers, isRole, type Role, type User } from '../../../access/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { badValue, boolean, message, type Reader, required, text } from '../message.ts';
import { type Call, type Route, route } from '../route.ts';
import type { Caller } from './gate.ts';
import { denied } from './guard.ts';
import { writeRole } from './write-role.ts';

const byName = message({ username: required(text) });
/** What a user that MLflow's client makes begins as: MLflow's own default permission. */
const firstRole: Role = 'reader';

/** A text that no message repeats, also not where it is wrong. */
const passwordText: Reader<string | undefined> = (value, path) => {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw badValue(`Invalid value for parameter '${path}' supplied: expected a text.`);
};

/** The name of a role. */
export const roleName: Reader<Role | undefined> = (value, path) => {
  const name = text(value, path);
  if (name === undefined || isRole(name)) return name;
  throw badValue(`Invalid role '${name}' in '${path}'. Valid roles are: none, reader, writer, approver, admin`);
};

/** Who calls. @throws PlatformError ACCESS_OFF where nobody signs in */
export function requireCaller({ caller }: Call): Caller {
  if (caller !== null) return caller;
  throw new PlatformError('ACCESS_OFF', { message: 'Nobody signs in to this server, so that it has no users.' });
}

/** An admin, by a token that allows as much. @throws PlatformError ACCESS_DENIED, ACCESS_OFF */
export function requireAdmin(call: Call, what: string): Caller {
  const caller = requireCaller(call);
  const { everywhere } = caller.rights;
  if (covers(everywhere, 'admin')) return caller;
  throw denied(caller.rights, { is: everywhere, needed: 'admin', what });
}

function requireSelfOrAdmin(call: Call, name: string, what: string): Caller {
  const caller = requireCaller(call);
  return caller.user.name === name ? caller : requireAdmin(call, what);
}

/** @throws PlatformError ACCESS_USER_UNKNOWN */
export async function requireUser({ access }: Caller, name: string): Promise<User> {
  const user = await access.findUser(name);
  if (user !== null) return user;
  throw new PlatformError('ACCESS_USER_UNKNOWN', { message: `User with username=${name} not found` });
}

/** Endpoints of users. */
export const userRoutes: readonly Route[] = [
  route(
    'POST /mlflow/users/create',
    message({ username: required(text), password: required(passwordText), mlspec_role: roleName }),
    async ({ username, password, mlspec_role: role = firstRole }, call) => {
      const { access, actor } = requireAdmin(call, 'adding a user');
      return { user: writeUser(await access.addUser({ name: username, password, role }, actor)) };
    },
  ),
  route('GET /mlflow/users/get', byName, async ({ username }, call) => {
    const caller = requireSelfOrAdmin(call, username, 'seeing other users');
    return { user: writeUser(await requireUser(caller, username)) };
  }),
  route('GET /mlflow/users/list', message({}), async (_fields, call) => {
    const { access } = requireAdmin(call, 'seeing other users');
    const teams = await access.teams.byMember();
    const rolesOf = ({ id }: User): object[] => (teams.get(id) ?? []).map(writeRole);
    return { users: (await access.listUsers()).map((user) => ({ ...writeUser(user), roles: rolesOf(user) })) };
  }),
  route('GET /mlflow/users/current', message({}), async (_fields, call) => {
    const { user, rights } = requireCaller(call);
    return { user: { ...writeUser(user), mlspec_role: rights.everywhere }, is_basic_auth: user.subject === null };
  }),
  route(
    'PATCH /mlflow/users/update-password',
    message({ username: required(text), password: required(passwordText), current_password: passwordText }),
    async ({ username, password, current_password: current }, call) => {
      const caller = requireSelfOrAdmin(call, username, 'changing the password of somebody else');
      if (caller.user.name === username) await requireOwnPassword(caller, current, password);
      await caller.access.changeUser(username, { password }, caller.actor);
      return {};
    },
  ),
  route(
    'PATCH /mlflow/users/update-admin',
    message({ username: required(text), is_admin: required(boolean) }),
    async ({ username, is_admin }, call) => {
      const caller = requireAdmin(call, 'making somebody an admin');
      const { role } = await requireUser(caller, username);
      const isAdmin = role === 'admin';
      if (isAdmin !== is_admin)
        await caller.access.changeUser(username, { role: is_admin ? 'admin' : firstRole }, caller.actor);
      return {};
    },
  ),
  route('DELETE /mlflow/users/delete', byName, async ({ username }, call) => {
    const { user, access, actor } = requireAdmin(call, 'removing a user');
    if (user.name === username)
      throw badValue('Users cannot delete their own account. Ask another admin to delete this user instead.');
    await access.removeUser(username, actor);
    return {};
  }),
];

/** Whoever found a session or a token shall not be able to take the account over. */
async function requireOwnPassword(caller: Caller, current: string | undefined, password: string): Promise<void> {
  if (current === undefined || current === '')
    throw badValue('Current password is required when changing your own password.');
  if (!(await caller.isOwnPassword(current))) throw badValue('Current password does not match.');
  if (password === current) throw badValue('New password must differ from the current password.');
}

function writeUser({ id, name, role }: User): object {
  return { id, username: name, is_admin: role === 'admin', mlspec_role: role };
}
