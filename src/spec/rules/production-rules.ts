import type { ResolvedSpec } from '../document.ts';
import type { Found, Rule } from './rule.ts';

type RolloutStage = ResolvedSpec['serving']['rollout'][number];
type Rank = 0 | 1 | 2 | 3;

function rankOf(stage: RolloutStage): Rank {
  if (stage === 'infra_validation') return 0;
  if (stage === 'promote') return 3;
  return 'shadow' in stage ? 1 : 2;
}

function checkRollout(rollout: readonly RolloutStage[]): Found[] {
  return rollout.flatMap((stage, index): Found[] => {
    const path = ['serving', 'rollout', index];
    const before = index === 0 ? null : rankOf(rollout[index - 1]!);
    if (before !== null && rankOf(stage) <= before) {
      return [
        {
          path,
          message: 'this stage of the rollout stands after one that it must come before',
          expected: 'infra_validation, shadow, canary, promote, each at most once',
          suggestion: 'write the stages in the order infra_validation, shadow, canary, promote',
        },
      ];
    }
    if (typeof stage === 'string' || !('canary' in stage)) return [];
    const ascending = stage.canary.every((share, at) => share > 0 && (at === 0 || stage.canary[at - 1]! < share));
    if (ascending) return [];
    const shares = stage.canary.map((share) => `${Number((share * 100).toPrecision(6))}%`).join(', ');
    return [
      {
        path: [...path, 'canary'],
        message: `the shares of a canary ascend from above 0, found ${shares}`,
        found: shares,
        suggestion: 'write for example canary: [5%, 25%, 50%]',
      },
    ];
  });
}

const cronFields = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day of month', low: 1, high: 31, words: [] },
  { name: 'month', low: 1, high: 12, words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { name: 'day of week', low: 0, high: 7, words: 'sun mon tue wed thu fri sat'.split(' ') },
] as const;

/** What is wrong with a text of cron, or null. */
function wrongCron(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) return `expected five fields of cron, found ${fields.length}`;
  for (const [index, field] of cronFields.entries()) {
    const wrong = fields[index]!.split(',').find((part) => !fits(part.toLowerCase(), field));
    if (wrong !== undefined) {
      const range = `${field.low} to ${field.high}`;
      return `expected ${range}, *, a range such as 1-5 or a step such as */2 as ${field.name}, found ${wrong.slice(0, 40)}`;
    }
  }
  return null;
}

function fits(part: string, field: (typeof cronFields)[number]): boolean {
  const match = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/([0-9]{1,4}))?$/.exec(part);
  if (match === null) return false;
  const number = (word: string): number => {
    const at = (field.words as readonly string[]).indexOf(word);
    if (at >= 0) return at + field.low;
    return /^[0-9]{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  const low = match[1] === undefined ? field.low : number(match[1]);
  const high = match[2] === undefined ? low : number(match[2]);
  const step = match[3] === undefined ? 1 : Number(match[3]);
  return low >= field.low && high <= field.high && low <= high && step >= 1;
}

function isTimeZone(zone: string): boolean {
  // The tables of time zones take 20 ms to load.
  if (zone === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Rules about serving, monitoring and triggers. */
export const productionRules: readonly Rule[] = [
  {
    id: 'spec/rollout-order',
    severity: 'error',
    says: 'A rollout goes from infra_validation over shadow and canary to promote.',
    check: ({ serving }) => checkRollout(serving.rollout),
  },
  {
    id: 'spec/cron',
    severity: 'error',
    says: 'A schedule is five fields of cron: minute, hour, day of month, month, day of week.',
    check: ({ triggers }) => {
      const wrong = triggers.schedule ? wrongCron(triggers.schedule.cron) : null;
      return wrong === null
        ? []
        : [
            {
              path: ['triggers', 'schedule', 'cron'],
              message: wrong,
              suggestion: 'write for example "0 4 * * 1": Mondays at 4',
            },
          ];
    },
  },
  {
    id: 'spec/time-zone',
    severity: 'error',
    says: 'The zone of a schedule is one of the IANA time zones.',
    check: ({ triggers }) =>
      !triggers.schedule || isTimeZone(triggers.schedule.zone)
        ? []
        : [
            {
              path: ['triggers', 'schedule', 'zone'],
              message: `${triggers.schedule.zone} is no time zone`,
              found: triggers.schedule.zone,
              suggestion: 'write for example UTC or Europe/Berlin',
            },
          ],
  },
  {
    id: 'spec/drift-not-watched',
    severity: 'warning',
    says: 'What drift triggers is watched.',
    check: ({ triggers, monitoring }) =>
      triggers.on_drift && (monitoring.drift === 'none' || monitoring.drift.length === 0)
        ? [
            {
              path: ['triggers', 'on_drift'],
              message: 'nothing is watched for drift, so that it never triggers anything',
              suggestion: 'write monitoring: {drift: all}',
            },
          ]
        : [],
  },
];
