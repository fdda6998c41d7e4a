/*
 * 226 checks over 80 columns, as a team would write them: whether values are there, lie in a range, have a form, are among a few; means; a
 * key. Once for us, once as a list for the peers.
 */
import type { DeclaredCheck } from '../../src/data-quality/index.ts';

/** A column of the wide table; `i` is the number of its row. */
export interface WideColumn {
  readonly name: string;
  readonly sql: string;
  /** What is asked of its values. */
  readonly kind: 'key' | 'number' | 'level' | 'code' | 'choice' | 'time' | 'flag';
  /** The share of its rows that have a value, at least. */
  readonly present: number;
}

const choices = ['north', 'east', 'south', 'west', 'none'];
const codeForm = '^[A-Z][0-9]{4}$';
const [firstTime, lastTime] = ['2020-01-01', '2024-01-01'];

function named(letter: string, count: number, column: (at: number) => Omit<WideColumn, 'name' | 'present'>) {
  return Array.from({ length: count }, (_, at): WideColumn => {
    const { sql, kind } = column(at);
    // Every second column has gaps.
    const [value, present] =
      at % 2 === 0 ? [sql, 1] : [`CASE WHEN hash(i, ${at}, 'gap') % 100 > 0 THEN ${sql} END`, 0.98];
    return { name: `${letter}${at}`, sql: value, kind, present };
  });
}

/** The columns: a key, 24 whole numbers, 25 floats, 20 texts, 5 times, 5 truth values. */
export const wideColumns: readonly WideColumn[] = [
  { name: 'id', sql: 'i', kind: 'key', present: 1 },
  ...named('n', 24, (at) => ({ kind: at < 10 ? 'level' : 'number', sql: `CAST(hash(i, ${at}) % 1001 AS BIGINT)` })),
  ...named('x', 25, (at) => ({ kind: 'number', sql: `hash(i, ${at}, 'x') / 18446744073709551616.0::DOUBLE * 1000` })),
  ...named('s', 10, (at) => ({
    kind: 'code',
    sql: `chr(CAST(65 + hash(i, ${at}) % 26 AS INTEGER)) || lpad(CAST(hash(i, ${at}, 's') % 10000 AS VARCHAR), 4, '0')`,
  })),
  ...named('c', 10, (at) => ({
    kind: 'choice',
    sql: `[${choices.map((choice) => `'${choice}'`).join(', ')}][CAST(1 + hash(i, ${at}) % ${choices.length} AS BIGINT)]`,
  })),
  ...named('t', 5, (at) => ({
    kind: 'time',
    sql: `TIMESTAMP '${firstTime}' + to_seconds(CAST(hash(i, ${at}, 't') % 126_230_400 AS BIGINT))`,
  })),
  ...named('b', 5, (at) => ({ kind: 'flag', sql: `hash(i, ${at}, 'b') % 2 = 0` })),
];

/** One check as a peer reads it. */
export type PeerCheck =
  | { readonly of: 'present'; readonly column: string; readonly least: number }
  | { readonly of: 'between' | 'mean' | 'length'; readonly column: string; readonly low: number; readonly high: number }
  | { readonly of: 'highest'; readonly column: string; readonly most: number }
  | { readonly of: 'times'; readonly column: string; readonly low: string; readonly high: string }
  | { readonly of: 'matches'; readonly column: string; readonly pattern: string }
  | { readonly of: 'among'; readonly column: string; readonly values: readonly string[] }
  | { readonly of: 'unique'; readonly column: string }
  | { readonly of: 'rows' | 'columns'; readonly count: number };

/** All 226 checks of a wide table with so many rows. All of them hold. */
export function peerChecks(rowCount: number): PeerCheck[] {
  return [
    { of: 'rows', count: rowCount },
    { of: 'columns', count: wideColumns.length },
    ...wideColumns.map(({ name, present }): PeerCheck => ({ of: 'present', column: name, least: present })),
    ...wideColumns.flatMap(({ name, kind }) => valueChecks(name, kind)),
  ];
}

function valueChecks(column: string, kind: WideColumn['kind']): PeerCheck[] {
  switch (kind) {
    case 'key':
      return [{ of: 'unique', column }];
    case 'number':
      return [
        { of: 'between', column, low: 0, high: 1000 },
        { of: 'mean', column, low: 450, high: 550 },
      ];
    case 'level':
      return [
        { of: 'between', column, low: 0, high: 1000 },
        { of: 'mean', column, low: 450, high: 550 },
        { of: 'highest', column, most: 1000 },
      ];
    case 'code':
      return [
        { of: 'matches', column, pattern: codeForm },
        { of: 'length', column, low: 5, high: 5 },
      ];
    case 'choice':
      return [{ of: 'among', column, values: choices }];
    case 'time':
      return [{ of: 'times', column, low: firstTime, high: lastTime }];
    case 'flag':
      return [];
  }
}

/** The same as we write it. */
export function ownCheck(check: PeerCheck): string {
  switch (check.of) {
    case 'rows':
      return `row_count() == ${check.count}`;
    case 'columns':
      return `column_count() == ${check.count}`;
    case 'present':
      return check.least === 1 ? `${check.column} is not null` : `completeness(${check.column}) >= ${check.least}`;
    case 'between':
      return `${check.column} between ${check.low} and ${check.high}`;
    case 'mean':
      return `mean(${check.column}) between ${check.low} and ${check.high}`;
    case 'length':
      return `length(${check.column}) between ${check.low} and ${check.high}`;
    case 'highest':
      return `max(${check.column}) <= ${check.most}`;
    case 'times':
      return `${check.column} between '${check.low}' and '${check.high}'`;
    case 'matches':
      return `${check.column} matches '${check.pattern}'`;
    case 'among':
      return `${check.column} in [${check.values.map((value) => `'${value}'`).join(', ')}]`;
    case 'unique':
      return `unique(${check.column})`;
  }
}

/** A check as it is declared, with everything else left to its default. */
export function declared(that: string): DeclaredCheck {
  return { that, severity: 'fail', where: null, of: 'present', tolerance: 0, why: '' };
}
