/** Values that checks name against NumPy, SciPy, pandas and scikit-learn on generated columns, the same on any number of threads. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDuckDb, quoteLiteral } from '../../tables/index.ts';
import type { CheckResult, DeclaredCheck } from './declared-check.ts';
import { runChecks } from './run-checks.ts';

interface GoldenCase {
  readonly name: string;
  readonly columns: Readonly<
    Record<string, { readonly type: string; readonly values: readonly (string | number | null)[] }>
  >;
  readonly expected: Readonly<Record<string, number>>;
  readonly failing: Readonly<Record<string, number>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/data-quality/checks.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly GoldenCase[] };

function sourceOf({ columns }: GoldenCase): string {
  const lists = Object.entries(columns).map(([name, { type, values }]) => {
    const list = values.map((value) => quoteLiteral(value === null ? null : String(value)));
    return `unnest([${list.join(', ')}])::${type} AS ${name}`;
  });
  return `(SELECT ${lists.join(', ')})`;
}

async function checked(source: string, those: readonly string[], threads: number): Promise<CheckResult[]> {
  const engine = await createDuckDb({ threads });
  try {
    await engine.execute(`CREATE TABLE held AS SELECT * FROM ${source}`);
    const checks = those.map(
      (that): DeclaredCheck => ({ that, severity: 'fail', where: null, of: 'present', tolerance: 0, why: '' }),
    );
    return await runChecks(engine, 'held', { checks });
  } finally {
    await engine.close();
  }
}

test.each(golden.cases.map((one) => [one.name, one] as const))('%s is what the others say', async (name, one) => {
  const source = sourceOf(one);
  const written = Object.keys(one.expected);
  const results = await checked(
    source,
    written.map((call) => `${call} is not null`),
    1,
  );
  for (const [at, call] of written.entries()) {
    const found = Object.values(results[at]!.measured)[0] as number;
    const wanted = one.expected[call]!;
    const room = Number.isInteger(wanted) && Math.abs(wanted) < 2 ** 40 ? 0 : 1e-10 * Math.abs(wanted) + 1e-300;
    expect(Math.abs(found - wanted), `${name}: ${call} is ${found}, expected ${wanted}`).toBeLessThanOrEqual(room);
  }
  const failing = await checked(source, Object.keys(one.failing), 2);
  expect(failing.map(({ that, failingCount }) => [that, failingCount])).toEqual(Object.entries(one.failing));
  // The rows in another order, on more threads.
  const others = await checked(
    `(SELECT * FROM ${source} ORDER BY hash(COLUMNS(*), 7))`,
    written.map((call) => `${call} is not null`),
    4,
  );
  expect(others.map(({ measured }) => measured)).toEqual(results.map(({ measured }) => measured));
});
