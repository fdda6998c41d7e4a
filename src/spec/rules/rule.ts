import type { ResolvedSpec } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';

/** What a rule says of one place; id and severity are the rule's. */
export interface Found extends Pick<Finding, 'path' | 'message' | 'suggestion' | 'expected' | 'found'> {
  /** The stretch of the text at `path` that is meant. */
  readonly within?: { readonly text: string; readonly span: { readonly start: number; readonly end: number } };
}

/** One thing that can be wrong in a declaration whose every part has the right type. */
export interface Rule {
  /** `spec/what`, stable between versions. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence for the reference. */
  readonly says: string;
  check(spec: ResolvedSpec): Found[];
}
