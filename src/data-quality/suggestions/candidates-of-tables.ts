/** Checks of more than one column, and those that every column has. */
import type { Field } from '../../tables/index.ts';
import {
  type Candidate,
  type CandidatePlan,
  columnText,
  type Known,
  literalText,
  middleOf,
  neverFails,
} from './candidate.ts';
import { presenceCandidates } from './candidates-of-values.ts';
import { countCandidate, shareCandidate, strictCandidate } from './make-candidate.ts';
import type { SuggestedCheck } from './suggestion.ts';

const comparedShares = ['1%', '5%', '25%', '50%', '75%', '95%', '99%'];
const mostCompared = 30;
/** Of two numbers drawn on their own, how often the first would be the larger one at least, so that it says something that it never is. */
const leastCrossing = 0.05;

/** How many rows there are. */
export function* rowCountCandidates(): CandidatePlan {
  const about = 'row_count()';
  const answers = yield { values: [about] };
  return [countCandidate({ kind: 'rows', column: null, about }, answers)];
}

/** Checks of a column of truth values. */
export function* truthCandidates(field: Field, known: Known): CandidatePlan {
  const x = columnText(field);
  const about = `share(${x})`;
  const answers = yield { values: [...presenceCandidates.values(x), about], checks: presenceCandidates.checks(x) };
  const { usualRows } = known;
  return [
    ...presenceCandidates.of(field, answers, known),
    shareCandidate(
      { kind: 'distribution', column: field.name, about },
      { values: answers.value(about), usualRows, sides: 'both' },
    ),
  ];
}

/** Checks of a column of dates or timestamps, of which the earliest is given as an ISO text; null: there is none. */
export function* timeCandidates(field: Field, earliest: string | null, known: Known): CandidatePlan {
  const x = columnText(field);
  const year = /^(\d{4})-/.exec(earliest ?? '')?.[1];
  const since = `${x} >= '${year}-01-01'`;
  const answers = yield {
    values: presenceCandidates.values(x),
    checks: [...presenceCandidates.checks(x), ...(year === undefined ? [] : [since])],
  };
  return [
    ...presenceCandidates.of(field, answers, known),
    ...(year === undefined
      ? []
      : [
          strictCandidate(
            { kind: 'range', column: field.name, about: since },
            { answers, seen: `the earliest is ${earliest}` },
          ),
        ]),
  ];
}

/** That rows are named by columns: no two have the same values there, and none is missing. */
export function* keyCandidates(key: readonly string[]): CandidatePlan {
  const about = `primary_key(${key.map((name) => columnText({ name })).join(', ')})`;
  const answers = yield { checks: [about] };
  return [
    strictCandidate(
      { kind: 'key', column: null, about },
      { answers, seen: 'no two rows of a partition had the same values' },
    ),
  ];
}

/** That one column is never above another: of numbers between which that would be no wonder nothing is said. */
export function* relationCandidates(fields: readonly Field[]): CandidatePlan {
  const numbers = fields.filter(({ type }) => type === 'int64' || type === 'float64').slice(0, mostCompared);
  const times = fields.filter(({ type }) => type === 'date' || type === 'timestamp').slice(0, mostCompared);
  const quantileTexts = (field: Field): string[] =>
    comparedShares.map((share) => `quantile(${columnText(field)}, ${share})`);
  const first = yield { values: numbers.flatMap(quantileTexts) };
  const middles = new Map(
    numbers.map((field) => [field, quantileTexts(field).map((text) => middleOf(first.value(text)))]),
  );
  const crossing = (a: Field, b: Field): number => {
    const [left, right] = [middles.get(a)!, middles.get(b)!];
    const above = left.reduce((sum, one) => sum + right.filter((other) => one > other).length, 0);
    return above / (left.length * right.length);
  };
  const pairs = [...ordered(numbers).filter(([a, b]) => crossing(a, b) >= leastCrossing), ...ordered(times)].map(
    ([a, b]) => `${columnText(a)} <= ${columnText(b)}`,
  );
  const answers = yield { checks: pairs };
  return pairs.flatMap((about): Candidate[] => {
    const counts = answers.failing(about);
    return neverFails(counts) && counts.said.some((n) => n > 0)
      ? [
          strictCandidate(
            { kind: 'relation', column: null, about },
            { answers, seen: 'it was so in every row with both' },
          ),
        ]
      : [];
  });
}

function ordered(fields: readonly Field[]): [Field, Field][] {
  return fields.flatMap((a) => fields.flatMap((b): [Field, Field][] => (a === b ? [] : [[a, b]])));
}

const accepted: Readonly<Record<Field['type'], readonly Field['type'][]>> = {
  int64: ['int64', 'float64'],
  float64: ['int64', 'float64'],
  date: ['date', 'timestamp'],
  timestamp: ['date', 'timestamp'],
  string: ['string'],
  boolean: ['boolean'],
};

/** What all rows of one table have alike: its columns and their types. A file in which a column is empty or whole may be read with another type, so those that go together are taken. */
export function schemaChecks(fields: readonly Field[]): SuggestedCheck[] {
  const none = { tolerance: 0, alarmCount: null } as const;
  return [
    {
      ...none,
      kind: 'columns',
      column: null,
      that: `has_columns(${fields.map(({ name }) => literalText(name)).join(', ')})`,
      why: 'these are the columns of the table',
    },
    ...fields.map(({ name, type }): SuggestedCheck => {
      const types = accepted[type].map(literalText);
      const value = `type_of(${columnText({ name })})`;
      const that = types.length === 1 ? `${value} == ${types[0]}` : `${value} in [${types.join(', ')}]`;
      return { ...none, kind: 'type', column: name, that, why: `it was ${type}` };
    }),
  ];
}
