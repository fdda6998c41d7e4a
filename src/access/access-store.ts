import type { Selection } from '../tracking/index.ts';
import type { Actor } from './actor.ts';
import type { Resource, ResourceKind, Role } from './roles.ts';
import type { TeamStore } from './team-store.ts';

/** Somebody who can sign in. */
export interface User {
  readonly id: number;
  readonly name: string;
  /** What holds where no grant says otherwise. An admin is one everywhere. */
  readonly role: Role;
  /** Who the provider of OpenID Connect says that it is: `ISSUER#SUBJECT`; null for one who has a password. */
  readonly subject: string | null;
  /** Both, where somebody of the provider was given a password too; `awaited`: nobody came by this name yet. */
  readonly signsInBy: readonly ('password' | 'provider' | 'awaited')[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A user to be made. */
export interface NewUser {
  readonly name: string;
  /** Null: no password signs in. */
  readonly password: string | null;
  readonly role: Role;
  readonly subject?: string | null;
}

/** What of a user changes. */
export interface UserChange {
  readonly password?: string;
  readonly role?: Role;
}

/** A role that somebody has on one thing, more or less than elsewhere. */
export interface Grant extends Resource {
  readonly role: Role;
}

/** A token, without what signs in. */
export interface Token {
  readonly id: number;
  readonly user: string;
  readonly name: string;
  /** How it begins, by which it is recognized: in configuration, in the audit log, by scanners for secrets. */
  readonly prefix: string;
  /** The most that it can do, whatever its user may. */
  readonly role: Role;
  /** The only things that it opens; null: all that its user may. */
  readonly scope: readonly Resource[] | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** To the minute; null: never. */
  readonly usedAtMs: number | null;
}

/** A token to be made. */
export interface NewToken {
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly scope?: readonly Resource[] | null;
  readonly expiresAtMs: number | null;
}

/** One line of the audit log. No secrets, no bodies. */
export interface AuditEntry extends Actor {
  readonly atMs: number;
  /** `POST /mlflow/experiments/delete`, `users add`. */
  readonly action: string;
  /** `experiment 3`, `model air`, `user ada`; null where the action names none. */
  readonly resource: string | null;
  /** The status that was answered. */
  readonly status: number;
}

/** Which lines of the audit log are wanted, the newest first. */
export interface AuditQuery {
  readonly user?: string | undefined;
  /** Only lines before this one. */
  readonly beforeId?: number | undefined;
  readonly limit: number;
}

/** Somebody as a provider of OpenID Connect tells of it, and what that makes of somebody here. */
export interface Person {
  /** `ISSUER#SUBJECT`: what stays when the name changes. */
  readonly subject: string;
  readonly name: string;
  /** The role that the groups there give; null: they say nothing of it. */
  readonly role: Role | null;
  /** What somebody becomes whom nobody knows and to whom no group gives a role; null: nothing, and does not come in. */
  readonly newcomers: Role | null;
}

/** A browser in which somebody signed in, without what signs in. */
export interface WebSession {
  readonly id: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A session to be made. */
export interface NewSession {
  readonly user: string;
  /** What it came from, which is good for one: a text of which the digest is kept. */
  readonly signIn: string;
  readonly expiresAtMs: number;
}

/** What somebody was found to be by what a request brought. */
export interface SignedIn {
  readonly user: User;
  readonly token: Token | null;
  /** Left out: no cookie signed in. */
  readonly session?: WebSession;
}

/**
 * Users, grants, tokens and the audit log. Whatever changes them writes its line of the audit log in the same
 * transaction. Every method may throw the errors of `database/`; whatever names a user that is not there throws
 * ACCESS_USER_UNKNOWN.
 */
export interface AccessStore {
  /** @throws PlatformError ACCESS_BAD_VALUE, ACCESS_USER_EXISTS also for a name that only looks alike */
  addUser(user: NewUser, by: Actor): Promise<User>;
  /** Makes the first user, an admin, where there is none. @returns whether it did */
  addFirstAdmin(user: Pick<NewUser, 'name' | 'password'>, by: Actor): Promise<boolean>;
  /** Null where there is none of that name. */
  findUser(name: string): Promise<User | null>;
  /** The user of a subject of OpenID Connect; null where there is none yet. */
  findSubject(subject: string): Promise<User | null>;
  /** By name. */
  listUsers(): Promise<User[]>;
  /** @throws PlatformError ACCESS_BAD_VALUE, ACCESS_LAST_ADMIN */
  changeUser(name: string, change: UserChange, by: Actor): Promise<User>;
  /** With grants and tokens. @throws PlatformError ACCESS_LAST_ADMIN */
  removeUser(name: string, by: Actor): Promise<void>;

  /** Gives somebody a role on something, in place of the one before. */
  grant(user: string, grant: Grant, by: Actor): Promise<void>;
  /** @returns whether there was one */
  revoke(user: string, resource: Resource, by: Actor): Promise<boolean>;
  /** By kind and id. */
  listGrants(user: string): Promise<Grant[]>;
  /** The role that somebody was given on something, also by teams; null where none was. `none` outweighs all others, else the greatest counts. */
  grantOn(userId: number, resource: Resource): Promise<Role | null>;
  /** The things of a kind that somebody may read, where a role holds for those without a grant. */
  readableBy(userId: number, kind: ResourceKind, elsewhere: Role): Promise<Selection>;
  /** Something new is its maker's, and nobody else's by a grant to something that had this id before. */
  grantMaker(userId: number, resource: Resource): Promise<void>;
  /** Grants follow a thing to its new id. */
  moveGrants(from: Resource, to: Resource): Promise<void>;
  /** Nobody has a grant on something any more. */
  dropGrants(resource: Resource): Promise<void>;

  /** Users who are given the same. */
  readonly teams: TeamStore;

  /** @returns the token, and the text that signs in, which nobody is told again @throws PlatformError ACCESS_BAD_VALUE */
  addToken(token: NewToken, by: Actor): Promise<{ readonly token: Token; readonly secret: string }>;
  /** Those of a user, or of all; the oldest first. */
  listTokens(user?: string): Promise<Token[]>;
  /** @param prefix how it begins @throws PlatformError ACCESS_TOKEN_UNKNOWN */
  revokeToken(prefix: string, by: Actor): Promise<Token>;

  /** Who signs in by a password; null where none does. Takes as long for a user that is not there. @throws PlatformError ACCESS_BUSY */
  byPassword(name: string, password: string): Promise<SignedIn | null>;
  /** Who signs in by a token; null for one that is unknown, expired or revoked. */
  byToken(secret: string): Promise<SignedIn | null>;

  /**
   * The user that a provider means: the one of its subject; one without password and subject who waits under its name, and
   * has the subject from then on; or a new one, where newcomers come in.
   * @throws PlatformError ACCESS_NOT_INVITED, ACCESS_NAME_TAKEN, ACCESS_BAD_VALUE for a name that nobody can have
   */
  admitPerson(person: Person, by: Actor): Promise<User>;
  /** @returns what signs in, which nobody is told again @throws PlatformError ACCESS_SIGN_IN_BROKEN where a session came from this already */
  openSession(session: NewSession, by: Actor): Promise<string>;
  /** Who signs in by a session; null for one that is unknown, over or was ended. */
  bySession(secret: string): Promise<SignedIn | null>;
  /** Ends a session for good. @returns whether there was one */
  endSession(secret: string, by: Actor): Promise<boolean>;
  /** Ends all sessions of somebody. @returns how many there were */
  endSessions(user: string, by: Actor): Promise<number>;

  /** Adds lines to the audit log. */
  note(entries: readonly AuditEntry[]): Promise<void>;
  readLog(query: AuditQuery): Promise<(AuditEntry & { readonly id: number })[]>;
}
