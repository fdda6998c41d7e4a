export type {
  AccessStore,
  Actor,
  AuditEntry,
  AuditQuery,
  Grant,
  NewToken,
  NewUser,
  SignedIn,
  Token,
  User,
  UserChange,
} from './access-store.ts';
export { createGuesses, type Guesses } from './guesses.ts';
export { openAccess } from './open-access.ts';
export { type Rights, rightsOf, selects } from './rights.ts';
export {
  covers,
  isRole,
  lesser,
  type Resource,
  type ResourceKind,
  type Role,
  resourceKinds,
  roles,
} from './roles.ts';
export { accessSchema } from './schema.ts';
