export type {
  AccessStore,
  AuditEntry,
  AuditQuery,
  Grant,
  NewSession,
  NewToken,
  NewUser,
  Person,
  SignedIn,
  Token,
  User,
  UserChange,
  WebSession,
} from './access-store.ts';
export type { Actor } from './actor.ts';
export { isUser, mayApprove } from './approvers.ts';
export { type Claims, type PeopleRules, personOf } from './claims.ts';
export { type CountedGuesses, createGuesses, type Guesses, type GuessTally } from './guesses.ts';
export { keyOfName } from './names.ts';
export { openAccess } from './open-access.ts';
export type { ProviderSettings } from './provider-settings.ts';
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
export type { NewTeamGrant, Team, TeamGrant, TeamMember, TeamStore, TeamWords } from './team-store.ts';
