import { type PlatformError, toPlatformError } from '../../errors/index.ts';
import type { Cell, QueryEngine, QueryOptions } from '../../tables/index.ts';
import type { ScanPlan } from './table-value.ts';

const mostAggregates = 1_000;
const longestStatement = 200_000;

/**
 * Carries plans out together over rows (a table, or a query in parentheses): what all of them ask for in a round is one statement,
 * each aggregate once, unless it were too long. A plan of which an aggregate fails ends with the error, alone.
 * @throws PlatformError CANCELED
 */
export async function runScans<Value>(
  engine: QueryEngine,
  rows: string,
  { plans, ...options }: QueryOptions & { readonly plans: readonly ScanPlan<Value>[] },
): Promise<(Value | PlatformError)[]> {
  const results: (Value | PlatformError)[] = [];
  let open = plans.map((plan, at) => ({ plan, at, step: plan.next() }));
  for (;;) {
    for (const { at, step } of open) if (step.done === true) results[at] = step.value;
    open = open.filter(({ step }) => step.done !== true);
    if (open.length === 0) return results;
    const wanted = new Set(open.flatMap(({ step }) => step.value as readonly string[]));
    const found = await askTogether(engine, rows, { aggregates: [...wanted], ...options });
    open = open.flatMap(({ plan, at, step }) => {
      const cells = (step.value as readonly string[]).map((sql) => found.get(sql)!);
      const failed = cells.find((cell) => isFailure(cell));
      if (failed === undefined) return [{ plan, at, step: plan.next(cells as readonly Cell[]) }];
      results[at] = failed as PlatformError;
      return [];
    });
  }
}

type Answer = Cell | PlatformError;

function isFailure(answer: Answer): answer is PlatformError {
  return typeof answer === 'object' && answer !== null;
}

async function askTogether(
  engine: QueryEngine,
  rows: string,
  { aggregates, ...options }: QueryOptions & { readonly aggregates: readonly string[] },
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const part of statementsOf(aggregates)) await askPart(engine, rows, { part, answers, ...options });
  return answers;
}

function statementsOf(aggregates: readonly string[]): string[][] {
  const parts: string[][] = [];
  let length = 0;
  for (const sql of aggregates) {
    const last = parts.at(-1);
    if (last !== undefined && last.length < mostAggregates && length + sql.length < longestStatement) {
      last.push(sql);
      length += sql.length;
    } else {
      parts.push([sql]);
      length = sql.length;
    }
  }
  return parts;
}

/** Where a statement fails its halves are asked, down to the one that is to blame. */
async function askPart(
  engine: QueryEngine,
  rows: string,
  of: QueryOptions & { readonly part: readonly string[]; readonly answers: Map<string, Answer> },
): Promise<void> {
  const { part, answers, ...options } = of;
  try {
    const [row] = await engine.rows(
      `SELECT ${part.map((sql, at) => `${sql} AS a${at}`).join(', ')} FROM ${rows}`,
      options,
    );
    for (const [at, sql] of part.entries()) answers.set(sql, row![`a${at}`]!);
  } catch (thrown) {
    const error = toPlatformError(thrown);
    if (error.code === 'CANCELED') throw error;
    if (part.length === 1) answers.set(part[0]!, error);
    else {
      const middle = part.length >> 1;
      await askPart(engine, rows, { ...of, part: part.slice(0, middle) });
      await askPart(engine, rows, { ...of, part: part.slice(middle) });
    }
  }
}
