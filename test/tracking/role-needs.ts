/* What the endpoints of MLflow's roles take. */
import type { AccessStore } from '../../src/access/index.ts';
import type { Need, Things } from './permission-table.ts';
import { setUp } from './sign-in-server.ts';

/** A role with a permission and one user in it. */
export interface RoleThings {
  readonly role: number;
  readonly permission: number;
  readonly member: string;
}

/** Makes one with a user. */
export async function makeRole({ addUser, teams }: AccessStore, member: string): Promise<RoleThings> {
  await addUser({ name: member, password: null, role: 'none' }, setUp);
  const { id: role } = await teams.add({ name: `r${crypto.randomUUID()}` }, setUp);
  const { id: permission } = await teams.addGrant(role, { kind: 'model', pattern: 'm', role: 'reader' }, setUp);
  await teams.addMember(role, member, setUp);
  return { role, permission, member };
}

const admin = (fields: (things: Things) => object): Need => ({ on: 'everywhere', role: 'admin', fields });
const ofRole = ({ role: role_id }: Things) => ({ role_id });
const ofPermission = ({ permission: role_permission_id }: Things) => ({ role_permission_id });

/** By the name of the route. */
export const roleNeeds: Readonly<Record<string, Need>> = {
  'POST 3 /mlflow/roles/create': admin(() => ({ workspace: 'default', name: `r${crypto.randomUUID()}` })),
  'GET 3 /mlflow/roles/get': admin(ofRole),
  'GET 3 /mlflow/roles/list': admin(() => ({})),
  'PATCH 3 /mlflow/roles/update': admin((things) => ({ ...ofRole(things), description: 'd' })),
  'DELETE 3 /mlflow/roles/delete': admin(ofRole),
  'POST 3 /mlflow/roles/permissions/add': admin((things) => ({
    ...ofRole(things),
    ...{ resource_type: 'experiment', resource_pattern: '*', permission: 'READ' },
  })),
  'GET 3 /mlflow/roles/permissions/list': admin(ofRole),
  'PATCH 3 /mlflow/roles/permissions/update': admin((things) => ({ ...ofPermission(things), permission: 'EDIT' })),
  'DELETE 3 /mlflow/roles/permissions/remove': admin(ofPermission),
  'POST 3 /mlflow/roles/assign': admin((things) => ({ ...ofRole(things), username: 'somebody' })),
  'DELETE 3 /mlflow/roles/unassign': admin((things) => ({ ...ofRole(things), username: things.member })),
  'GET 3 /mlflow/roles/users/list': admin(ofRole),
  'GET 3 /mlflow/users/roles/list': admin(() => ({ username: 'somebody' })),
};
