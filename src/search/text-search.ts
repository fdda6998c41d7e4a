import type { SearchKind } from './documents.ts';

/** A question in words. */
export interface TextQuery {
  /** Any text: see `termsOf`. */
  readonly text: string;
  /** Default: all. */
  readonly kinds?: readonly SearchKind[] | undefined;
  /** 1 … 1,000. */
  readonly limit: number;
  /** Whether the one who asks may see a thing. Default: everything. */
  readonly maySee?: (found: Pick<TextMatch, 'kind' | 'key' | 'experimentId'>) => boolean;
}

/** A part of a text. */
export interface SnippetPart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** Something that was found. */
export interface TextMatch {
  readonly kind: SearchKind;
  /** The id of a run or an experiment, the name of a registered model. */
  readonly key: string;
  /** Null for a registered model. */
  readonly experimentId: string | null;
  readonly title: string;
  /** The line that says most of what was asked, cut, with the matching words marked. */
  readonly snippet: readonly SnippetPart[];
}

/** What was found. */
export interface TextMatches {
  readonly items: readonly TextMatch[];
  /** False where changes of the last moments are still to be carried into the index. */
  readonly isUpToDate: boolean;
}

/** Search over the texts of runs, experiments and registered models. */
export interface TextSearch {
  /**
   * What all terms of a question are found in: in titles before in other lines, in titles whole words before beginnings, the newest first. Where more
   * than a thousand match, the newest of them are ranked.
   * @throws PlatformError TRACKING_BAD_VALUE
   */
  search(query: TextQuery): Promise<TextMatches>;
  /**
   * Carries changes into the index for about half a second, where their notes add up while nobody searches: on PostgreSQL.
   * On SQLite there is one note for each thing, and carrying them would hold up whoever writes.
   */
  tidy(): Promise<void>;
}
