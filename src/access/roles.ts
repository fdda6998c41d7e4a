/* What somebody may do: four roles, each of which can do all that the one before it can, and `none`. */

/** From least to most. */
export const roles = ['none', 'reader', 'writer', 'approver', 'admin'] as const;
/**
 * `none` sees nothing. `reader` sees. `writer` makes and changes. `approver` also approves versions for protected aliases.
 * `admin` also deletes and says who may what.
 */
export type Role = (typeof roles)[number];

/** What a role can be given on. */
export const resourceKinds = ['experiment', 'model'] as const;
/** One of them: an experiment by its id, a registered model or prompt by its name. */
export type ResourceKind = (typeof resourceKinds)[number];

/** One experiment or registered model. */
export interface Resource {
  readonly kind: ResourceKind;
  /** The id of an experiment in plain digits, or the name of a model. */
  readonly id: string;
}

/** Whether a role can do what another one can. */
export function covers(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** The lesser of two roles. */
export function lesser(a: Role, b: Role): Role {
  return covers(a, b) ? b : a;
}

/** Whether a text is the name of a role. */
export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
