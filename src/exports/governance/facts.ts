/** What a governance report is a function of. */
import type { Digest } from '../../encoding/index.ts';
import type { AcceptedStatement } from '../../provenance/verify/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';
import type { ModelView, RunView } from '../run-view.ts';

/** What verification came to. */
export interface VerificationView {
  readonly isGood: boolean;
  /** Rules that are broken, with what breaks them. */
  readonly broken: readonly { readonly rule: string; readonly says: string; readonly by: readonly string[] }[];
  readonly level: string;
  readonly next: string | null;
  readonly missing: readonly string[];
  readonly caveats: readonly string[];
}

/** All of it. */
export interface GovernanceFacts {
  readonly run: RunView;
  /** The models that the report is about. */
  readonly models: readonly ModelView[];
  /** `MODEL/VERSION` where it is about one alone; null: about the run. */
  readonly version: string | null;
  /** How many approvals this user asks for before a version goes into production. */
  readonly approvalsNeeded: number;
  /** The declaration with all defaults, without values of secrets; empty where it is not kept any more. */
  readonly declared: Partial<ResolvedSpec>;
  readonly evidence: readonly AcceptedStatement[];
  readonly verification: VerificationView;
  /** Digests of content that its owner had erased: it is not there to be checked. */
  readonly erased: ReadonlySet<Digest>;
}
