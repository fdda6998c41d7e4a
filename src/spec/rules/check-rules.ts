import type { Found, Rule } from './rule.ts';

/** Rules about the parts that checks are about. */
export const checkRules: readonly Rule[] = [
  {
    id: 'spec/check-part',
    severity: 'error',
    says: 'A check names parts of the split.',
    check: ({ validation, splitting }) =>
      validation.checks.flatMap(({ on }, index): Found[] =>
        (on ?? [])
          .filter((part) => !splitting.order.includes(part))
          .map((part) => ({
            path: ['validation', 'checks', index, 'on'],
            message: `there is no part ${part}`,
            expected: splitting.order.join(', '),
            found: part,
            suggestion: 'name parts of splitting.parts, or leave on out: all open parts',
          })),
      ),
  },
  {
    id: 'spec/sealed-check',
    severity: 'error',
    says: 'A check is about open parts: what it says of a sealed one would tell of its rows.',
    check: ({ validation, splitting }) =>
      validation.checks.flatMap(({ on }, index): Found[] =>
        (on ?? [])
          .filter((part) => splitting.sealed.includes(part))
          .map((part) => ({
            path: ['validation', 'checks', index, 'on'],
            message: `${part} is sealed, and what a check says of it would tell of its rows`,
            expected: splitting.order.filter((name) => !splitting.sealed.includes(name)).join(', '),
            found: part,
            suggestion: `leave ${part} out of on; a gate judges models on it, by the objectives`,
          })),
      ),
  },
];
