import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import { plainValues } from './compared-values.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';
import { countTwins, hashSql } from './row-twins.ts';

const leastShare = 0.001;
const leastRows = 3;
const falseAlarmRate = 0.001;

/**
 * Rows of the open parts that are equal in everything that a model may see and have different labels: copies that were labelled
 * differently, or features from which the label cannot be told. Where rows are equal by chance, as in tables of few different ones, their
 * labels differ by nature and nothing is told: the rows are divided in two at random, and the halves held against each other.
 */
export async function findLabelConflicts(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const { label, features } = input;
  if (label === null || features.length === 0) return [];
  const fields = (await fieldsOf(engine, input.train)).filter(({ name }) => features.includes(name));
  const values = plainValues(fields);
  const all = `(${[input.train, ...Object.values(input.others)].map((source) => `SELECT * FROM ${source}`).join(' UNION ALL BY NAME ')})`;
  const [row] = await engine.rows(
    `SELECT sum(n) AS total, coalesce(sum(CASE WHEN labels > 1 THEN n END), 0) AS conflicting FROM (SELECT count(*) AS n, count(DISTINCT ${quoteIdentifier(label)}) AS labels FROM ${all} AS r GROUP BY ${hashSql(values)})`,
    options,
  );
  const [total, conflicting] = [Number(row!['total'] ?? 0), Number(row!['conflicting'])];
  if (conflicting < Math.max(leastRows, leastShare * total)) return [];
  const half = (which: number): string => `(SELECT * FROM ${all} AS r WHERE hash(__row, 'half') % 2 = ${which})`;
  const twins = await countTwins(engine, { train: half(0), part: half(1), values }, { ...options, least: leastRows });
  if (twins.chance > falseAlarmRate) return [];
  return [
    {
      kind: 'label_conflicts',
      part: null,
      columns: [label],
      rowCount: conflicting,
      measured: conflicting / total,
      threshold: leastShare,
      message: `${conflicting} of ${total} rows are equal to others in all features and have another ${label}`,
      advice: 'correct the labels, or take the copies out with the query',
    },
  ];
}
