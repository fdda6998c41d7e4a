/* Endpoints of MLflow's roles, teams here, as its AuthServiceClient asks for them. All but the own roles take an admin. */
import type { TeamMember, TeamStore } from '../../../access/index.ts';
import { badValue, integer, list, message, required, text } from '../message.ts';
import { type Call, type Route, route } from '../route.ts';
import type { Caller } from './gate.ts';
import { readPermission, readResource, readResourceType } from './permission-names.ts';
import { requireAdmin, requireCaller, roleName } from './user-routes.ts';
import { workspace, writeRole, writeRolePermission } from './write-role.ts';

const byId = message({ role_id: required(integer) });
const ofUser = { username: required(text), role_id: required(integer) };
const permissionFields = { permission: text, mlspec_role: roleName };

const changes: readonly Route[] = [
  route(
    'POST 3 /mlflow/roles/create',
    message({ name: required(text), workspace: required(text), description: text }),
    async ({ name, workspace: place, description }, call) => {
      const { teams, actor } = requireTeams(call);
      if (place !== workspace) throw badValue(`Workspace '${place}' not found: there is '${workspace}' alone`);
      return { role: writeRole(await teams.add({ name, description }, actor)) };
    },
  ),
  route(
    'PATCH 3 /mlflow/roles/update',
    message({ role_id: required(integer), name: text, description: text }),
    async ({ role_id, ...words }, call) => {
      const { teams, actor } = requireTeams(call);
      const isAsked = words.name !== undefined || words.description !== undefined;
      if (!isAsked) throw badValue("At least one of 'name' or 'description' must be provided to update a role.");
      return { role: writeRole(await teams.change(role_id, words, actor)) };
    },
  ),
  route('DELETE 3 /mlflow/roles/delete', byId, async ({ role_id }, call) => {
    const { teams, actor } = requireTeams(call);
    await teams.remove(role_id, actor);
    return {};
  }),
  route('POST 3 /mlflow/roles/assign', message(ofUser), async ({ username, role_id }, call) => {
    const { teams, actor } = requireTeams(call);
    return { assignment: writeMember(await teams.addMember(role_id, username, actor)) };
  }),
  route('DELETE 3 /mlflow/roles/unassign', message(ofUser), async ({ username, role_id }, call) => {
    const { teams, actor } = requireTeams(call);
    await teams.removeMember(role_id, username, actor);
    return {};
  }),
  route(
    'POST 3 /mlflow/roles/permissions/add',
    message({
      ...{ role_id: required(integer), resource_type: required(text), resource_pattern: required(text) },
      ...permissionFields,
    }),
    async ({ role_id, permission, mlspec_role, ...on }, call) => {
      const { teams, actor } = requireTeams(call);
      const role = mlspec_role ?? readPermission(permission ?? '');
      const grant = await teams.addGrant(role_id, { ...readPattern(on), role }, actor);
      return { role_permission: writeRolePermission(grant) };
    },
  ),
  route(
    'PATCH 3 /mlflow/roles/permissions/update',
    message({ role_permission_id: required(integer), ...permissionFields }),
    async ({ role_permission_id: id, permission, mlspec_role }, call) => {
      const { teams, actor } = requireTeams(call);
      const role = mlspec_role ?? readPermission(permission ?? '');
      return { role_permission: writeRolePermission(await teams.changeGrant(id, role, actor)) };
    },
  ),
  route(
    'DELETE 3 /mlflow/roles/permissions/remove',
    message({ role_permission_id: required(integer) }),
    async ({ role_permission_id: id }, call) => {
      const { teams, actor } = requireTeams(call);
      await teams.removeGrant(id, actor);
      return {};
    },
  ),
];

const questions: readonly Route[] = [
  route('GET 3 /mlflow/roles/get', byId, async ({ role_id }, call) => ({
    role: writeRole(await requireTeams(call).teams.find(role_id)),
  })),
  route('GET 3 /mlflow/roles/list', message({ workspace: list(text) }), async ({ workspace: places }, call) => {
    const { teams } = requireTeams(call);
    const isMeant = places.length === 0 || places.includes(workspace);
    return { roles: isMeant ? (await teams.list()).map(writeRole) : [] };
  }),
  route('GET 3 /mlflow/roles/permissions/list', byId, async ({ role_id }, call) => ({
    role_permissions: (await requireTeams(call).teams.find(role_id)).grants.map(writeRolePermission),
  })),
  route('GET 3 /mlflow/roles/users/list', byId, async ({ role_id }, call) => ({
    assignments: (await requireTeams(call).teams.members(role_id)).map(writeMember),
  })),
  route('GET 3 /mlflow/users/roles/list', message({ username: required(text) }), async ({ username }, call) => {
    const caller = requireCaller(call);
    if (caller.user.name !== username) requireAdmin(call, 'seeing the roles of others');
    return { roles: (await caller.access.teams.ofUser(username)).map(writeRole) };
  }),
];

/** Endpoints of roles. */
export const roleRoutes: readonly Route[] = [...changes, ...questions];

/** @throws PlatformError ACCESS_DENIED, ACCESS_OFF */
function requireTeams(call: Call): { readonly teams: TeamStore; readonly actor: Caller['actor'] } {
  const { access, actor } = requireAdmin(call, 'anything with the roles of others');
  return { teams: access.teams, actor };
}

function writeMember({ id, userId, teamId }: TeamMember): object {
  return { id, user_id: userId, role_id: teamId };
}

/** What a permission of a role is on. @throws PlatformError TRACKING_BAD_VALUE */
function readPattern(on: { readonly resource_type: string; readonly resource_pattern: string }) {
  const { resource_type, resource_pattern: pattern } = on;
  if (pattern !== '*') {
    const { kind, id } = readResource({ resource_type, resource_id: pattern });
    return { kind, pattern: id };
  }
  if (resource_type === 'prompt')
    throw badValue("A prompt is a registered model: '*' means both with 'registered_model', and neither alone");
  return { kind: readResourceType(resource_type), pattern };
}
