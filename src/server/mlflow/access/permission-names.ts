/* Roles by the names that MLflow's permissions have. */
import type { Resource, ResourceKind, Role } from '../../../access/index.ts';
import { experimentNumber } from '../../../tracking/index.ts';
import { badValue } from '../message.ts';

const roleOf: Readonly<Record<string, Role>> = {
  ...{ READ: 'reader', USE: 'reader', EDIT: 'writer', MANAGE: 'admin', NO_PERMISSIONS: 'none', DENY: 'none' },
};
const permissionOf: Readonly<Record<Role, string>> = {
  ...{ none: 'NO_PERMISSIONS', reader: 'READ', writer: 'EDIT', approver: 'EDIT', admin: 'MANAGE' },
};
/** A prompt is a registered model of its own kind; both have one space of names. */
const kindOf: Readonly<Record<string, ResourceKind>> = {
  ...{ experiment: 'experiment', registered_model: 'model', prompt: 'model' },
};

/** The role of a permission. `USE` allows nothing here that `READ` does not. @throws PlatformError TRACKING_BAD_VALUE */
export function readPermission(name: string): Role {
  const role = Object.hasOwn(roleOf, name) ? roleOf[name] : undefined;
  if (role !== undefined) return role;
  throw badValue(`Invalid permission '${name}'. Valid permissions are: ${Object.keys(roleOf).join(', ')}`);
}

/** The permission of a role; MLflow knows no approver, who may edit. */
export function permissionName(role: Role): string {
  return permissionOf[role];
}

/** What a permission is on. @throws PlatformError TRACKING_BAD_VALUE, TRACKING_UNKNOWN */
export function readResource(fields: { readonly resource_type: string; readonly resource_id: string }): Resource {
  const kind = readResourceType(fields.resource_type);
  // `01` is the experiment `1`.
  return { kind, id: kind === 'experiment' ? String(experimentNumber(fields.resource_id)) : fields.resource_id };
}

/** What kind of thing a permission is on. @throws PlatformError TRACKING_BAD_VALUE */
export function readResourceType(name: string): ResourceKind {
  const kind = Object.hasOwn(kindOf, name) ? kindOf[name] : undefined;
  if (kind !== undefined) return kind;
  throw badValue(`Invalid resource type '${name}'. Valid resource types are: ${Object.keys(kindOf).join(', ')}`);
}

/** The name that MLflow has for a kind of thing. */
export function resourceTypeOf(kind: ResourceKind): string {
  return kind === 'model' ? 'registered_model' : kind;
}
