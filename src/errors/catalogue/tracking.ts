import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `tracking/`: experiments, runs and the language of their searches. */
export const trackingCodes = {
  TRACKING_BAD_FILTER: {
    kind: 'invalid-input',
    title: 'The filter of a search cannot be read, or asks for something that there is not.',
    hint: "A filter is comparisons such as metrics.loss < 0.1, params.`my key` = 'x' or tags.a IS NULL, joined by AND, OR, NOT and parentheses.",
  },
  TRACKING_BAD_ORDER: {
    kind: 'invalid-input',
    title: 'The order of a search cannot be read, or names something twice or something that there is not.',
    hint: 'Write names such as metrics.loss or start_time, each followed by ASC or DESC where wanted.',
  },
} as const satisfies Record<string, CatalogueEntry>;
