import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `metadata/`: the record of runs, executions and artifacts. */
export const metadataCodes = {
  METADATA_RUN_UNKNOWN: {
    kind: 'not-found',
    title: 'No recorded run has this id, name or prefix.',
    hint: 'mlspec ls lists the runs, mlspec ls models the models; latest, latest~1 … name the newest runs.',
  },
  METADATA_RUN_AMBIGUOUS: {
    kind: 'usage',
    title: 'The beginning of a run id fits several runs.',
    hint: 'Write more characters of the id.',
  },
  METADATA_EXECUTION_UNKNOWN: {
    kind: 'not-found',
    title: 'No recorded execution has this id.',
    hint: 'mlspec show RUN lists the executions of a run.',
  },
  METADATA_EXECUTION_ENDED: {
    kind: 'conflict',
    title: 'An execution has ended already and its record cannot change.',
    hint: 'Another process ended it, perhaps because this one seemed dead. Run the command again.',
  },
  METADATA_ENGINE_DIED: {
    kind: 'canceled',
    title: 'The program that carried the execution out was killed before it could record an end.',
    hint: 'Run the command again; finished steps are not repeated.',
  },
  METADATA_LEASE_LOST: {
    kind: 'conflict',
    title: 'A lease ran out, or was taken over, before it was renewed.',
    hint: 'The process was probably stopped for a while. Run the command again.',
  },
} as const satisfies Record<string, CatalogueEntry>;
