import { asksForMoment } from '../check-moment.ts';
import type { ResolvedSpec } from '../document.ts';
import type { Found, Rule } from './rule.ts';

/** Rules about the parts that checks and statistics are about. */
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
    says: 'On a sealed part a check is in the language of checks, depends on nothing but the part and a declared moment, and is carried out by a gate.',
    check: (spec) =>
      spec.validation.checks.flatMap((check, index): Found[] => {
        const sealed = (check.on ?? []).filter((part) => spec.splitting.sealed.includes(part));
        return sealed.flatMap((part) => whyNotSealed(spec, { part, check, path: ['validation', 'checks', index] }));
      }),
  },
  {
    id: 'spec/sealed-statistics',
    severity: 'error',
    says: 'Statistics of sealed parts are made by gates.',
    check: ({ analysis, testing }) =>
      analysis.sealed !== 'profile' || testing.gates.length > 0
        ? []
        : [
            {
              path: ['analysis', 'sealed'],
              message: 'gates make the statistics of sealed parts, and no release carries out any',
              suggestion: 'name a gate in testing.gates, or remove sealed',
            },
          ],
  },
];

type Check = ResolvedSpec['validation']['checks'][number];

/** What is wrong with a check of a sealed part: it is carried out where the part is open, and nothing but the gate's bit may tell of it. */
function whyNotSealed(
  { objectives, testing, validation }: ResolvedSpec,
  { part, check, path }: { readonly part: string; readonly check: Check; readonly path: readonly (string | number)[] },
): Found[] {
  const { own, history } = check;
  const asks = asksForMoment(check) && validation.as_of === null;
  return [
    ...(own === null
      ? []
      : [
          {
            path: [...path, own.kind],
            message: `${part} is sealed, and what is not in the language of checks could tell of its rows`,
            suggestion: `leave ${part} out of on, or write the check in the language of checks`,
          },
        ]),
    ...(history === undefined
      ? []
      : [
          {
            path: [...path, 'history'],
            message: `${part} is sealed, and what was measured of it is told to nobody: there is no history of it`,
            suggestion: `leave ${part} out of on, or declare bounds, for example mean(x) between 1 and 2`,
          },
        ]),
    ...(asks
      ? [
          {
            path: [...path, 'on'],
            message: `${part} is sealed, and its gate must decide the same whenever it is asked: the check names now() or age()`,
            suggestion: 'declare the moment: as_of under validation',
          },
        ]
      : []),
    ...(testing.gates.some((gate) => objectives.gates[gate]?.on === part)
      ? []
      : [
          {
            path: [...path, 'on'],
            message: `${part} is sealed, and no release carries out a gate on it: nobody would carry this check out`,
            suggestion: `leave ${part} out of on, or declare a gate on ${part} and name it in testing.gates`,
          },
        ]),
  ];
}
