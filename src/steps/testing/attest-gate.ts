import { type Digest, formatInstant, type JsonObject } from '../../encoding/index.ts';
import type { LedgerEntry, UseRequest } from '../../model-ci/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { testResult, testResultPredicateType } from '../../provenance/index.ts';
import type { TestingParams } from './plan.ts';
import type { GateVerdict } from './result.ts';

/** What is to be signed of a gate. */
export interface GateEnd {
  readonly params: TestingParams;
  readonly request: UseRequest;
  /** What the gate lets out, and nothing more. */
  readonly verdict: GateVerdict['verdict'];
  /** Every use that counts for the part, this one among them; none where none was spent. */
  readonly entries: readonly LedgerEntry[];
  /** Digest of the checks of its part that decided with it, now or when the use was spent; left out where none did. */
  readonly checks?: Digest;
}

/**
 * Has the engine sign what a gate said of a model, and which uses of the part the ledger held then. Bits stay where they
 * are: a verdict that goes to the owner alone is a warning here, and stands in the sealed report that is named.
 */
export function attestGate({ params, request, verdict, entries, checks }: GateEnd, context: StepContext): void {
  const { gate, part, reliability, uses, commitment } = params;
  const outcomes = {
    passed: verdict === 'pass' ? [gate] : [],
    failed: verdict === 'fail' ? [gate] : [],
    warned: verdict === 'pass' || verdict === 'fail' ? [] : [gate],
  };
  const mlspec_gate = {
    ...{ gate, part, reliability, uses, commitment, verdict },
    ...(checks === undefined ? {} : { checks }),
    use: { part: request.part, gateDigest: request.gateDigest, model: request.model },
    ledger: entries.map((entry) => ({
      part: entry.part,
      place: entry.place,
      gate: entry.gate,
      gateDigest: entry.gateDigest,
      commitment: entry.commitment,
      model: entry.model,
      spentOn: formatInstant(entry.spentAtMs),
    })),
  } as unknown as JsonObject;
  context.attest({
    predicateType: testResultPredicateType,
    about: ['model', 'part', 'verdict', 'sealed_report'],
    predicate: testResult(outcomes, { mlspec_gate }),
  });
}
