import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';

const leastShare = 0.001;

/**
 * Dates and timestamps among the features that are later than the row's own time: what happened then was not known. A row
 * without either time says nothing; a date is compared with the day of the row. Dates that are known ahead, such as a day that was booked, are told too.
 */
export async function findTimeTravel(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const { time, features, train, others } = input;
  const fields = await fieldsOf(engine, train);
  const own = fields.find(({ name }) => name === time);
  if (own === undefined || (own.type !== 'date' && own.type !== 'timestamp')) return [];
  const found: LeakageFinding[] = [];
  for (const { name, type } of fields) {
    if (name === time || !features.includes(name) || (type !== 'date' && type !== 'timestamp')) continue;
    const asDays = type === 'date' || own.type === 'date';
    const of = (column: string): string => `CAST(${quoteIdentifier(column)} AS ${asDays ? 'DATE' : 'TIMESTAMP'})`;
    const all = [train, ...Object.values(others)].map(
      (source) => `SELECT ${of(name)} > ${of(own.name)} AS later FROM ${source} AS p`,
    );
    const [row] = await engine.rows(
      `SELECT count(later) AS n, count_if(later) AS later FROM (${all.join(' UNION ALL ')})`,
      options,
    );
    const [total, later] = [Number(row!['n']), Number(row!['later'])];
    if (later === 0 || later < leastShare * total) continue;
    found.push({
      kind: 'time_travel',
      part: null,
      columns: [name],
      rowCount: later,
      measured: later / total,
      threshold: leastShare,
      message: `${name} is later than ${own.name} in ${later} of ${total} rows`,
      advice: `leave ${name}, and what was known only then, out with features.exclude, unless it is known ahead`,
    });
  }
  return found;
}
