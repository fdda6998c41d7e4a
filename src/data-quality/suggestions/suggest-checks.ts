import { clopperPearsonInterval } from '../../stats/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { type BackTest, backTest, blockEnds, boundsOf, reachOf } from './back-test.ts';
import type { Answers, Candidate, CandidatePlan, Known } from './candidate.ts';
import { numberCandidates } from './candidates-of-numbers.ts';
import {
  keyCandidates,
  relationCandidates,
  rowCountCandidates,
  schemaChecks,
  timeCandidates,
  truthCandidates,
} from './candidates-of-tables.ts';
import { textCandidates } from './candidates-of-texts.ts';
import { countDistinct, findDomains } from './find-domains.ts';
import { failingPartitions } from './hold-partitions.ts';
import { countFailing, measureValues } from './measure-partitions.ts';
import { dropPartitions, type PartitionedRows, type PartitionRule, partitionRows } from './partition-rows.ts';
import type { SuggestedCheck, Suggestions } from './suggestion.ts';

/** How often checks together may raise an alarm in a partition that is as those before it. */
const allowedRate = 0.05;

/** What may be asked of suggestions. */
export interface SuggestionOptions extends QueryOptions {
  readonly rule: PartitionRule;
  /** Columns that are said to name rows; none: the table is not asked for such. */
  readonly key?: readonly string[];
}

/**
 * Suggests checks for tables like the partitions of a source, a table or a query in parentheses: what held in all of them, with bounds
 * from how they differ, back-tested on partitions that the bounds were not made from. How bounds are found is told in `back-test.ts`.
 * @throws PlatformError PARTITIONS_UNFIT, CONFIG_BAD_VALUE where a column is named that is not there, CANCELED
 */
export async function suggestChecks(
  engine: QueryEngine,
  source: string,
  { rule, key = [], ...options }: SuggestionOptions,
): Promise<Suggestions> {
  const rows = await partitionRows(engine, source, { rule, ...options });
  try {
    const candidates = await findCandidates(engine, rows, { rule, key, ...options });
    const { partitions } = rows;
    const tested = backTest(candidates, partitions.length, allowedRate);
    const { heldOutCount, alarmCount, width } = tested;
    const checks = written(candidates, tested, partitions.length);
    const strange = await failingPartitions(engine, rows, { checks, ...options });
    return {
      rule: rows.rule,
      rowCount: partitions.reduce((sum, { rowCount }) => sum + rowCount, 0),
      partitionCount: partitions.length,
      from: partitions[0]!.name,
      to: partitions.at(-1)!.name,
      leftOutCount: rows.leftOutCount,
      small: rows.small,
      checks: [...schemaChecks(rows.fields), ...checks],
      strange: strange.map((at) => partitions[at]!.name),
      dropped: candidates.flatMap(({ kind, column, about }, at) =>
        tested.dropped.has(at) ? [{ kind, column, that: about, alarmCount: tested.alarmsOfCheck[at]! }] : [],
      ),
      backTest: {
        allowedRate,
        heldOutCount,
        alarmCount,
        rateAtMost: clopperPearsonInterval(alarmCount, heldOutCount, 0.9)!.high,
        width,
      },
    };
  } finally {
    await dropPartitions(engine, rows);
  }
}

async function findCandidates(
  engine: QueryEngine,
  rows: PartitionedRows,
  { rule, key, ...options }: SuggestionOptions & { readonly key: readonly string[] },
): Promise<Candidate[]> {
  const { fields, partitions } = rows;
  const distinct = await countDistinct(engine, rows, options);
  const sizes = partitions.map(({ rowCount }) => rowCount).sort((a, b) => a - b);
  const known: Known = {
    partitionCount: partitions.length,
    usualRows: sizes[sizes.length >> 1]!,
    fewRows: sizes[Math.floor(sizes.length / 10)]!,
    ends: [...new Set([...blockEnds(partitions.length), partitions.length])],
    distinct,
    domains: await findDomains(engine, rows, { distinct, ...options }),
  };
  const earliest = await earliestTimes(engine, rows, options);
  // What divides the rows is one value in each partition: of that only a column of times says more.
  const told = fields.filter(({ name, type }) => !(rule.by === 'column' && rule.column === name && !isTime(type)));
  const plans = [
    ...(rule.by === 'column' || rule.by === 'file' ? [rowCountCandidates()] : []),
    ...told.map((field) => columnPlan(field, earliest.get(field.name) ?? null, known)),
    ...(key.length === 0 ? [] : [keyCandidates(key)]),
    relationCandidates(told),
  ];
  return await runPlans(engine, rows, { plans, ...options });
}

function isTime(type: Field['type']): boolean {
  return type === 'date' || type === 'timestamp';
}

function columnPlan(field: Field, earliest: string | null, known: Known): CandidatePlan {
  if (field.type === 'string') return textCandidates(field, known);
  if (field.type === 'boolean') return truthCandidates(field, known);
  return isTime(field.type) ? timeCandidates(field, earliest, known) : numberCandidates(field, known);
}

async function earliestTimes(
  engine: QueryEngine,
  { table, fields }: PartitionedRows,
  options: QueryOptions,
): Promise<Map<string, string>> {
  const times = fields.filter(({ type }) => isTime(type));
  if (times.length === 0) return new Map();
  const list = times.map(({ name }, at) => {
    const time = `CAST(${quoteIdentifier(name)} AS TIMESTAMP)`;
    return `strftime(min(CASE WHEN isfinite(${time}) THEN ${time} END), '%Y-%m-%d') AS t${at}`;
  });
  const [row] = await engine.rows(`SELECT ${list.join(', ')} FROM ${table}`, options);
  return new Map(times.flatMap(({ name }, at) => (row![`t${at}`] === null ? [] : [[name, String(row![`t${at}`])]])));
}

/** Carries plans out together: what all of them ask in a round is asked at once. */
async function runPlans(
  engine: QueryEngine,
  rows: PartitionedRows,
  { plans, ...options }: QueryOptions & { readonly plans: readonly CandidatePlan[] },
): Promise<Candidate[]> {
  const found: (readonly Candidate[])[] = plans.map(() => []);
  let open = plans.map((plan, at) => ({ plan, at, step: plan.next() }));
  for (;;) {
    for (const { at, step } of open) if (step.done === true) found[at] = step.value;
    open = open.filter(({ step }) => step.done !== true);
    if (open.length === 0) return found.flat();
    const asked = open.map(({ step }) => (step.done === true ? {} : step.value));
    const values = await measureValues(engine, rows, { texts: asked.flatMap((one) => one.values ?? []), ...options });
    const failing = await countFailing(engine, rows, { checks: asked.flatMap((one) => one.checks ?? []), ...options });
    const answers: Answers = { value: (text) => values.get(text)!, failing: (check) => failing.get(check)! };
    open = open.map(({ plan, at }) => ({ plan, at, step: plan.next(answers) }));
  }
}

/** The checks that held, with bounds as all partitions together give them. */
function written(candidates: readonly Candidate[], tested: BackTest, partitionCount: number): SuggestedCheck[] {
  const { dropped, width, heldOutCount, alarmsOfCheck } = tested;
  return candidates.flatMap((candidate, at): SuggestedCheck[] => {
    const { values, from } = candidate.series(partitionCount);
    const reach = dropped.has(at) ? null : reachOf(candidate, values.slice(from));
    const check = reach === null ? null : candidate.write(boundsOf(candidate, reach, width));
    if (check === null) return [];
    const { that, tolerance, seen } = check;
    const alarmCount = alarmsOfCheck[at]!;
    const why = `${seen}; held in ${heldOutCount - alarmCount} of ${heldOutCount} held-out partitions`;
    return [{ kind: candidate.kind, column: candidate.column, that, tolerance, why, alarmCount }];
  });
}
