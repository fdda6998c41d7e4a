import type { Actor } from './actor.ts';
import type { ResourceKind, Role } from './roles.ts';

/** Users who are given the same, each besides the own grants. What MLflow calls a role. */
export interface Team {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  /** In the order in which they were given. */
  readonly grants: readonly TeamGrant[];
}

/** What a team is given on one thing, or on everything of a kind. */
export interface NewTeamGrant {
  readonly kind: ResourceKind;
  /** The id or name of a thing, or `*`. */
  readonly pattern: string;
  readonly role: Role;
}

/** A grant of a team. */
export interface TeamGrant extends NewTeamGrant {
  readonly id: number;
  readonly teamId: number;
}

/** Somebody in a team. */
export interface TeamMember {
  readonly id: number;
  readonly userId: number;
  readonly teamId: number;
}

/** What is said of a team. */
export interface TeamWords {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** What of it changes; what is left out stays. */
export interface TeamChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

/**
 * Teams, what they are given, and who is in them. Whatever changes them writes its line of the audit log in the same
 * transaction. Every method may throw the errors of `database/`; whatever names a team or a grant that is not there throws
 * ACCESS_TEAM_UNKNOWN, and whatever names a user that is not there ACCESS_USER_UNKNOWN.
 */
export interface TeamStore {
  /** @throws PlatformError ACCESS_BAD_VALUE, ACCESS_TEAM_EXISTS */
  add(team: TeamWords, by: Actor): Promise<Team>;
  find(id: number): Promise<Team>;
  /** In the order in which they were made. */
  list(): Promise<Team[]>;
  /** The teams of each user who is in one, by the id of the user. */
  byMember(): Promise<ReadonlyMap<number, readonly Team[]>>;
  /** The teams that somebody is in. */
  ofUser(user: string): Promise<Team[]>;
  /** @throws PlatformError ACCESS_BAD_VALUE, ACCESS_TEAM_EXISTS */
  change(id: number, words: TeamChange, by: Actor): Promise<Team>;
  remove(id: number, by: Actor): Promise<void>;
  /** @throws PlatformError ACCESS_BAD_VALUE, ACCESS_TEAM_EXISTS where the team was given something there already */
  addGrant(id: number, grant: NewTeamGrant, by: Actor): Promise<TeamGrant>;
  changeGrant(grantId: number, role: Role, by: Actor): Promise<TeamGrant>;
  removeGrant(grantId: number, by: Actor): Promise<void>;
  /** In the order in which they came. */
  members(id: number): Promise<TeamMember[]>;
  /** @throws PlatformError ACCESS_TEAM_EXISTS where the user is in it already */
  addMember(id: number, user: string, by: Actor): Promise<TeamMember>;
  removeMember(id: number, user: string, by: Actor): Promise<void>;
}
