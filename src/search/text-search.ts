import type { PlatformError } from '../errors/index.ts';
import type { SearchKind } from './documents.ts';
import type { FieldName } from './fields.ts';

/** A question in words. */
export interface TextQuery {
  /** See `termsOf`. */
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

/** A line in which something was found. */
export interface Snippet {
  readonly field: FieldName;
  /** What stands before it for people: `param`, `tag of version 3`, `report eval.md`; empty for the name. */
  readonly label: string;
  readonly parts: readonly SnippetPart[];
}

/** Something that was found. */
export interface TextMatch {
  readonly kind: SearchKind;
  /** The id of a run, an experiment or a logged model, the name of a registered model. */
  readonly key: string;
  /** Null for a registered model. */
  readonly experimentId: string | null;
  readonly experimentName: string | null;
  readonly title: string;
  /** At most three lines that hold what was asked, that with most of it first. */
  readonly snippets: readonly Snippet[];
  /** Whether only the beginning of its texts is found, since they are too long. */
  readonly isCut: boolean;
}

/** What was found. */
export interface TextMatches {
  readonly items: readonly TextMatch[];
  /** False where changes of the last moments are still to be carried into the index. */
  readonly isUpToDate: boolean;
  /** The question with other words, where nothing was found and words like these are there; else null. */
  readonly didYouMean: string | null;
}

/** How far the index is. */
export interface IndexProgress {
  /** Things that were brought up to date. */
  readonly done: number;
  /** Of so many that waited at the beginning. */
  readonly total: number;
}

/** Search over the texts of runs, experiments, registered and logged models. */
export interface TextSearch {
  /**
   * What all terms of a question are found in: all in the name first, whole words before beginnings; then some in the name; then in what people said
   * (tags, notes, aliases, users, models); then anywhere but in reports; of equals the newest. Reads no more of what matches than it answers with, where the
   * caller may see all of it.
   * @throws PlatformError TRACKING_BAD_VALUE, SEARCH_BAD_QUESTION
   */
  search(query: TextQuery): Promise<TextMatches>;
  /** Carries everything that changed into the index, in large portions: for where somebody waits for nothing else. */
  complete(options?: {
    readonly onProgress?: (progress: IndexProgress) => void;
    /** Hears of reports that cannot be read, which it passes over: SEARCH_REPORT_UNREADABLE. */
    readonly onUnreadable?: (error: PlatformError) => void;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /**
   * Carries what changed into the index for about half a second, in portions so small that whoever writes hardly waits, with pauses
   * between them. @returns whether nothing is left
   * @throws PlatformError SEARCH_REPORT_UNREADABLE for a report that cannot be read: the first time, and the next call passes it over
   */
  tidy(signal?: AbortSignal): Promise<boolean>;
}
