export { bitSealOf } from './bit-seal.ts';
export {
  type ClauseVerdict,
  type ComparisonVerdict,
  type DecisionFacts,
  decideGate,
  decideObjective,
} from './decide.ts';
export {
  type BitSeal,
  type ClosedUse,
  type Ledger,
  type LedgerEntry,
  type LedgerOptions,
  openLedger,
  type UseAnswer,
  type UseRequest,
} from './ledger.ts';
export { type Clause, type ClauseTree, type NormalForm, type Term, termName } from './normal-form.ts';
export {
  type CertifiableObjective,
  type MeasuredObjective,
  modelsOf,
  type Objective,
  type ReadObjective,
  readObjective,
} from './objective.ts';
export {
  type ClausePrice,
  deltaPerClause,
  formatPrice,
  type GatePrice,
  objectivesOf,
  priceGate,
  type RowNeed,
  readObjectives,
  tooFewExamples,
} from './price.ts';
export { shareRows, sketchSize } from './shared-rows.ts';
export { GateTally, type Selections, type Subjects, type Tally } from './tally.ts';
