/** A stretch of a document's text. Lines and columns count from 1, offsets from 0; the end is the first position after it. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** How bad a finding is: an `error` ends the work before it begins, a `warning` is probably a mistake, a `note` is news. */
export type Severity = 'error' | 'warning' | 'note';

/** Something that is wrong in a declaration: returned and collected, never thrown. */
export interface Finding {
  /** `area/what`, stable between versions. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Where in the document: keys and indexes from its root. */
  readonly path: readonly (string | number)[];
  readonly file?: string;
  readonly position?: Position;
  readonly expected?: string;
  readonly found?: string;
  /** What to write instead. */
  readonly suggestion?: string;
  /** The line of the text with a mark under the place, as compilers show it; three lines, no colours. */
  readonly frame?: string;
}
