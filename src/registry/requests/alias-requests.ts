import type { Session } from '../../database/index.ts';
import type { Digest } from '../../encoding/index.ts';
import type { Page, Selection } from '../../tracking/index.ts';
import type { AliasCheck, ModelVersion, VersionKey } from '../model-registry.ts';

/** Somebody who signed in. */
export interface Person {
  readonly id: number;
  readonly name: string;
  /** The prefix of the token that signed in; null: a password did. */
  readonly token: string | null;
}

/** What a check says of a version. */
export interface CheckOutcome {
  readonly check: AliasCheck;
  /** `absent`: there is nothing that could be checked. */
  readonly state: 'holds' | 'fails' | 'absent';
  /** In words. */
  readonly says: string;
}

/** A move of a protected alias that is to be asked for. */
export interface NewAliasRequest extends VersionKey {
  readonly alias: string;
  readonly why: string;
  /** Until when it may be approved. */
  readonly expiresAtMs: number;
}

/** One request, by its number among those of its model. */
export interface RequestKey {
  readonly model: string;
  readonly number: number;
}

/** What somebody decides about a request. */
export interface Said {
  readonly by: Person;
  readonly comment: string;
}

/** What was decided about a request, for good. `lapse`: it was found to be good for nothing any more. */
export interface RequestDecision {
  readonly kind: 'approve' | 'reject' | 'withdraw' | 'move' | 'lapse';
  readonly by: Person;
  readonly comment: string;
  /** What the checks said then; null where nobody asked them. */
  readonly checks: readonly CheckOutcome[] | null;
  readonly atMs: number;
}

/** A request and how it stands. */
export interface AliasRequest extends RequestKey, VersionKey {
  readonly alias: string;
  /** `1.2.3`. */
  readonly version: string;
  /** The version that the alias pointed at when it was asked for; null: at none. */
  readonly replaces: number | null;
  readonly why: string;
  readonly askedBy: Person;
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
  /** Of what the version was when it was asked for: addresses, signature, and every file that the server keeps. */
  readonly content: Digest;
  readonly state: 'open' | 'moved' | 'rejected' | 'withdrawn' | 'lapsed';
  /** Why it can be approved no more; null where it can, or where a decision ended it. */
  readonly lapsedBecause: string | null;
  /** Approvals that count now, and how many it takes. */
  readonly given: number;
  readonly needed: number;
  readonly requires: readonly AliasCheck[];
  /** What is missing before the alias moves, in words; nothing for a request that ended. */
  readonly missing: readonly string[];
  /** The first first. */
  readonly decisions: readonly RequestDecision[];
}

/** Which requests are asked for, the newest first. */
export interface RequestQuery {
  readonly model?: string | undefined;
  readonly alias?: string | undefined;
  /** `open`: only those that can still be approved. Default: all. */
  readonly which?: 'open' | 'all';
  readonly limit: number;
  readonly pageToken?: string | undefined;
  /** Only these models are looked at. Default: all. */
  readonly among?: Selection | undefined;
}

/** What of people and of evidence is known elsewhere. What takes a session is asked within the transaction of a decision. */
export interface RequestSources {
  /** Whether somebody may approve versions of a model now. */
  mayApprove(session: Session, userId: number, model: string): Promise<boolean>;
  /** Whether somebody of this name signs in. */
  isUser(session: Session, name: string): Promise<boolean>;
  /** Equal for names that look alike. */
  keyOfName(name: string): string;
  /** All checks of a version, whichever a protection asks for. */
  check(version: ModelVersion): Promise<readonly CheckOutcome[]>;
}

/**
 * Requests to move protected aliases. Every method may throw the errors of `database/`, REGISTRY_MODEL_UNKNOWN,
 * REGISTRY_VERSION_UNKNOWN and, where it takes a key, REGISTRY_REQUEST_UNKNOWN. Rows are only ever added.
 */
export interface AliasRequests {
  /** @throws PlatformError REGISTRY_BAD_VALUE where the alias is not protected or stands there already, REGISTRY_REQUEST_EXISTS */
  ask(request: NewAliasRequest, by: Person): Promise<AliasRequest>;
  /**
   * Approves, once for each person, and moves the alias where nothing is missing then.
   * @throws PlatformError REGISTRY_REQUEST_CLOSED, REGISTRY_OWN_APPROVAL of who asked or made the version
   */
  approve(key: RequestKey, said: Said): Promise<AliasRequest>;
  /** Ends a request. @throws PlatformError REGISTRY_REQUEST_CLOSED */
  reject(key: RequestKey, said: Said): Promise<AliasRequest>;
  /** The same of who asked. @throws PlatformError REGISTRY_REQUEST_CLOSED, REGISTRY_OWN_APPROVAL of anybody else */
  withdraw(key: RequestKey, said: Said): Promise<AliasRequest>;
  /**
   * Moves a protected alias where a request for that says that nothing is missing.
   * @throws PlatformError REGISTRY_ALIAS_PROTECTED, with what is missing
   */
  carryOut(key: VersionKey, move: { readonly alias: string; readonly by: Person }): Promise<void>;
  find(key: RequestKey): Promise<AliasRequest>;
  /** @throws PlatformError TRACKING_BAD_PAGE, REGISTRY_BAD_VALUE */
  search(query: RequestQuery): Promise<Page<AliasRequest>>;
}
