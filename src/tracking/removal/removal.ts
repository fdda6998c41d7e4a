import type { Session } from '../../database/index.ts';
import type { ArtifactPath } from '../artifacts/artifact-path.ts';

/** Something deleted that may be removed for good. */
export interface DeletedThing {
  readonly kind: 'run' | 'logged-model' | 'experiment';
  readonly id: string;
  readonly name: string;
  /** Where its artifacts lie. */
  readonly artifactUri: string;
}

/** Something deleted that has to stay. */
export interface HeldThing extends Pick<DeletedThing, 'kind' | 'id'> {
  /** What holds it, for people. */
  readonly why: string;
}

/** Why a thing has to stay, for people; null where it may go. */
export type Holds = (thing: DeletedThing) => string | null;

/** Which deleted things are meant. */
export interface RemovalRequest {
  readonly deletedBeforeMs: number;
  /** Only these, and what is in these experiments. Default: everything that is deleted. */
  readonly runIds?: readonly string[] | undefined;
  readonly experimentIds?: readonly string[] | undefined;
  /** What others need. Asked to `remove` it is in the transaction that does, in which nothing may come to need more. */
  readonly holds: (session: Session, purpose: 'look' | 'remove') => Promise<Holds>;
}

/** What goes, or is gone. */
export interface Removal {
  readonly things: readonly DeletedThing[];
  readonly held: readonly HeldThing[];
  /** The folders of artifacts that go with them. */
  readonly folders: readonly ArtifactPath[];
  /** Where artifacts lie that others keep, who have to remove them there. */
  readonly elsewhere: readonly string[];
}

/** Removes for good what clients deleted. */
export interface TrackerRemoval {
  /**
   * What would go.
   * @throws PlatformError TRACKING_UNKNOWN, TRACKING_NOT_DELETED for what is named and cannot go
   */
  plan(request: RemovalRequest): Promise<Removal>;
  /**
   * Lets it go, in transactions that are short enough for a server to go on meanwhile. From its first transaction on a thing
   * cannot be restored; a removal that was killed is ended by the next one. Content stays in the store until a collection.
   * @throws PlatformError as `plan`; CANCELED
   */
  remove(request: RemovalRequest, options?: { readonly signal?: AbortSignal }): Promise<Removal>;
}
