/**
 * What sort of failure an error is, independent of where it happened. The edges (`cli/`, `server/`) translate a kind
 * into an exit code, an HTTP status or a protocol code; nothing below them knows those.
 */
export type ErrorKind =
  | 'usage'
  | 'invalid-input'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'precondition-failed'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'unavailable'
  | 'canceled'
  | 'user-code'
  | 'corrupt'
  | 'internal';

/** One entry of the catalogue of error codes. */
export interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** One sentence: what the code means. Shown in the reference. */
  readonly title: string;
  /** What the reader can do. Used where the thrower gives no hint of its own. */
  readonly hint: string;
}
