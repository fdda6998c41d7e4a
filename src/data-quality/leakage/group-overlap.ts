import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';

const leastShare = 0.001;
const leastGroups = 20;
const leastRowsOfGroup = 1.2;
/** Names of columns that say whom a row is about. */
const groupName =
  /(^|_)(user|customer|client|patient|person|member|subject|account|household|device|session|student|employee|driver|owner)(_?(id|no|nr|number|key|uuid|code))?$/i;

/**
 * Rows of the other parts about somebody of whom the training part has rows too: by the columns that were named, and by those whose
 * names say so and whose values come back. With parts in the order of time that is as it will be, and only what was named is looked at.
 */
export async function findGroupOverlap(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const names = (await fieldsOf(engine, input.train)).map(({ name }) => name);
  const candidates = input.isByTime ? [] : names.filter((name) => groupName.test(name) && !isKnown(name, input));
  const returning: string[] = [];
  for (const name of candidates)
    if (await comesBack(engine, { source: input.train, name }, options)) returning.push(name);
  const found: LeakageFinding[] = [];
  for (const group of new Set([...input.groups.filter((name) => names.includes(name)), ...returning]))
    for (const [part, source] of Object.entries(input.others)) {
      const column = quoteIdentifier(group);
      const [row] = await engine.rows(
        `SELECT count(*) AS n, count_if(${column} IN (SELECT ${column} FROM ${input.train} AS t WHERE ${column} IS NOT NULL)) AS shared FROM ${source} AS p`,
        options,
      );
      const [total, shared] = [Number(row!['n']), Number(row!['shared'])];
      if (shared === 0 || shared < leastShare * total) continue;
      found.push({
        kind: 'group_overlap',
        part,
        columns: [group],
        rowCount: shared,
        measured: shared / total,
        threshold: leastShare,
        message: `${shared} of ${total} rows of ${part} have a ${group} that rows of train have too`,
        advice: `split by group(${group}) if the model is to answer for others than it was trained on`,
      });
    }
  return found;
}

/** What names a single row, is learnt or says nothing names no group. */
function isKnown(name: string, { key, label, ignored, groups }: LeakageInput): boolean {
  return (key.length === 1 && key[0] === name) || name === label || ignored.includes(name) || groups.includes(name);
}

async function comesBack(
  engine: QueryEngine,
  { source, name }: { readonly source: string; readonly name: string },
  options: QueryOptions,
): Promise<boolean> {
  const column = quoteIdentifier(name);
  const [row] = await engine.rows(
    `SELECT count(${column}) AS n, count(DISTINCT ${column}) AS groups FROM ${source} AS t`,
    options,
  );
  const groups = Number(row!['groups']);
  return groups >= leastGroups && Number(row!['n']) >= leastRowsOfGroup * groups;
}
