/* Endpoints of what users may do on single experiments and models, as MLflow's AuthServiceClient asks for them. */
import { type AccessStore, covers, type Resource, rightsOf, type User } from '../../../access/index.ts';
import { message, required, text } from '../message.ts';
import { type Call, type Route, route } from '../route.ts';
import type { Caller } from './gate.ts';
import { denied } from './guard.ts';
import { permissionName, readPermission, readResource, resourceTypeOf } from './permission-names.ts';
import { requireAdmin, requireCaller, requireUser, roleName } from './user-routes.ts';
import { writeRolePermission } from './write-role.ts';

const on = { username: required(text), resource_type: required(text), resource_id: required(text) };

/** Endpoints of permissions. */
export const permissionRoutes: readonly Route[] = [
  route(
    'POST 3 /mlflow/users/permissions/grant',
    message({ ...on, permission: text, mlspec_role: roleName }),
    async ({ username, permission, mlspec_role, ...fields }, call) => {
      const role = mlspec_role ?? readPermission(permission ?? '');
      const resource = readResource(fields);
      const { access, actor } = await requireManager(resource, call);
      await access.grant(username, { ...resource, role }, actor);
      return {};
    },
  ),
  route('POST 3 /mlflow/users/permissions/revoke', message(on), async ({ username, ...fields }, call) => {
    const resource = readResource(fields);
    const { access, actor } = await requireManager(resource, call);
    await access.revoke(username, resource, actor);
    return {};
  }),
  route('GET 3 /mlflow/users/permissions/get', message(on), async ({ username, ...fields }, call) => {
    const resource = readResource(fields);
    const caller = requireCaller(call);
    const { access } = caller.user.name === username ? caller : await requireManager(resource, call);
    const user = await requireUser(caller, username);
    const role = await rightsOf({ user, token: null }, access).on(resource);
    return { allowed: covers(role, 'writer'), permission: permissionName(role), mlspec_role: role };
  }),
  route('GET 3 /mlflow/users/current/permissions', message({}), async (_fields, call) => {
    const { user, access } = requireCaller(call);
    return await writePermissions(access, user);
  }),
  route('GET 3 /mlflow/users/permissions/list', message({ username: required(text) }), async ({ username }, call) => {
    const caller = requireCaller(call);
    if (caller.user.name !== username) requireAdmin(call, 'seeing what others may do');
    const user = await requireUser(caller, username);
    return await writePermissions(caller.access, user);
  }),
];

/** Whoever may say who may what on a thing that is there. @throws PlatformError ACCESS_DENIED, ACCESS_OFF, TRACKING_UNKNOWN, REGISTRY_MODEL_UNKNOWN */
async function requireManager(resource: Resource, call: Call): Promise<Caller> {
  const caller = requireCaller(call);
  if (resource.kind === 'experiment') await call.tracking.getExperiment(resource.id);
  else await call.registry.getModel(resource.id);
  const role = await caller.rights.on(resource);
  if (covers(role, 'admin')) return caller;
  const is = `${role} of ${resource.kind} ${resource.id}`;
  throw denied(caller.rights, { is, needed: 'admin', what: 'saying who may what there' });
}

async function writePermissions(access: AccessStore, { role, name }: User): Promise<object> {
  // MLflow keeps what one user was granted in a role of the user's own.
  const own = (await access.listGrants(name)).map((grant) => ({
    ...{ role_id: 0, role_name: name, resource_type: resourceTypeOf(grant.kind), resource_pattern: grant.id },
    ...{ permission: permissionName(grant.role), mlspec_role: grant.role },
  }));
  const given = (await access.teams.ofUser(name)).flatMap((team) =>
    team.grants.map((grant) => {
      const { id: _, ...permission } = writeRolePermission(grant);
      return { ...permission, role_name: team.name };
    }),
  );
  const permissions = [...own, ...given].map((permission) => ({ ...permission, workspace: 'default' }));
  return { is_admin: role === 'admin', mlspec_role: role, permissions };
}
