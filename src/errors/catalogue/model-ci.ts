import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `model-ci/`: gates and their ledger. */
export const modelCiCodes = {
  GATE_USED_UP: {
    kind: 'precondition-failed',
    title: 'All declared uses of a sealed part are spent.',
    hint: 'Bring fresh data: a part of rows that no gate has used. Then retire the old part with mlspec gate retire, which shows what was sealed.',
  },
  GATE_RETIRED: {
    kind: 'precondition-failed',
    title: 'A sealed part was retired; it can certify nothing more.',
    hint: 'Bring fresh data: a part of rows that no gate has used.',
  },
  GATE_FEEDBACK_SPENT: {
    kind: 'precondition-failed',
    title: 'More was told of earlier verdicts about a sealed part than a gate is priced for.',
    hint: 'Declare feedback: full for the gate (mlspec check shows its price), or bring fresh data.',
  },
  GATE_NOT_CARRIED_OUT: {
    kind: 'unavailable',
    title: 'Something around the model went wrong while a sealed part was open; its words are kept back.',
    hint: 'Look for space on the disk and for memory, and see that mlspec run --until evaluation answers. The use stays open: the same model is tested again without another.',
  },
  GATE_CHECK_BROKEN: {
    kind: 'invalid-input',
    title: 'A check of a sealed part cannot be carried out on the columns of the split.',
    hint: 'Correct the check under validation.checks. The part was not opened, and no use was spent.',
  },
  GATE_UNKNOWN: {
    kind: 'usage',
    title: 'No gate of the declaration has this name.',
    hint: 'Run mlspec check to see the gates.',
  },
  GATE_STILL_SEALED: {
    kind: 'permission-denied',
    title: 'What a gate saw stays sealed while its part is in use.',
    hint: 'To read it, end the use of the part: mlspec gate retire GATE --yes.',
  },
} as const satisfies Record<string, CatalogueEntry>;
