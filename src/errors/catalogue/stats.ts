import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `stats/`. */
export const statsCodes = {
  STATS_OUT_OF_RANGE: {
    kind: 'invalid-input',
    title: 'An argument of a statistic is outside its range.',
    hint: 'The message names the argument and its range.',
  },
} as const satisfies Record<string, CatalogueEntry>;
