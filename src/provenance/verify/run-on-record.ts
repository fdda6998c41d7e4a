import type { Digest } from '../../encoding/index.ts';
import type { Statement } from '../statement.ts';

/** What a record says of a run. */
export interface RunOnRecord {
  readonly state: string;
  readonly spec: { readonly name: string; readonly digest: Digest };
  readonly plan: Digest;
  /** Digest of its record. */
  readonly record: string | null;
  /** Digest of the parameters that it was given. */
  readonly params: Digest;
  /** What the kept texts of declaration and plan really are; null where they cannot be read. */
  readonly kept: { readonly declaration: Digest | null; readonly plan: Digest | null };
  readonly executions: readonly ExecutionOnRecord[];
}

/** What it says of an execution. */
export interface ExecutionOnRecord {
  readonly execution: string;
  readonly step: string;
  readonly state: string;
  /** Digest of its statement, also where the text was erased; null where there is none. */
  readonly statement: Digest | null;
  /** The statement that the record would give; null where it cannot be read. */
  readonly restated: Statement | null;
  /** Of a reused result, what the execution logged that it is of: digests by name. */
  readonly reused: ReadonlyMap<string, Digest> | null;
}

/** What gates of any run stated, as far as the log holds it. */
export interface GateUses {
  readonly uses: readonly GateUse[];
  /** Places of entries of the log that may be of gates, and of which no statement is at hand. */
  readonly unseen: readonly number[];
}

/** That a gate judged a model. */
export interface GateUse {
  readonly statement: Digest;
  readonly place: number;
  readonly part: string;
  readonly gateDigest: string;
  readonly model: string;
}
