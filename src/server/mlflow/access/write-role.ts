import type { Team, TeamGrant } from '../../../access/index.ts';
import { permissionName, resourceTypeOf } from './permission-names.ts';

/** The only workspace that there is. */
export const workspace = 'default';

/** A role in MLflow's words. */
export function writeRole({ id, name, description, grants }: Team): object {
  return { id, name, workspace, description, permissions: grants.map(writeRolePermission) };
}

/** One of its permissions. */
export function writeRolePermission({ id, teamId, kind, pattern, role }: TeamGrant) {
  return {
    ...{ id, role_id: teamId, resource_type: resourceTypeOf(kind), resource_pattern: pattern },
    // A role knows no missing permission, only one that outweighs all others.
    ...{ permission: role === 'none' ? 'DENY' : permissionName(role), mlspec_role: role },
  };
}
