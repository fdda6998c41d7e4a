import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { compileCheck } from '../checks/compile-check.ts';
import { isTolerated, type WrittenCheck } from '../checks/declared-check.ts';
import { doubleLiteral } from '../column-sql.ts';
import { countFailing, measureValues } from './measure-partitions.ts';
import type { PartitionedRows } from './partition-rows.ts';

/**
 * Whether each partition fails checks as they are written, by their text: what `mlspec data check` would say of it alone. The checks are of rows, or of values of
 * the table that are numbers; those of columns and their types, which partitions of one table have alike, are left aside.
 * @throws PlatformError CHECK_INVALID, CANCELED
 */
export async function holdPartitions(
  engine: QueryEngine,
  rows: PartitionedRows,
  { checks, ...options }: QueryOptions & { readonly checks: readonly Pick<WrittenCheck, 'that' | 'tolerance'>[] },
): Promise<Map<string, boolean[]>> {
  const compiled = checks.map((check) => ({
    ...check,
    ...compileCheck(check.that, { schema: { fields: rows.fields } }),
  }));
  const failed = new Map<string, boolean[]>();
  const ofRows = compiled.filter(({ kind }) => kind === 'row' || kind === 'unique');
  const counts = await countFailing(engine, rows, { checks: ofRows.map(({ that }) => that), ...options });
  for (const { that, tolerance } of ofRows) {
    const { failing, said } = counts.get(that)!;
    const isFailed = (failingCount: number, at: number): boolean =>
      !isTolerated(
        { tolerance, of: 'present', severity: 'fail', where: null, why: '' },
        { rowCount: said[at]!, failingCount, missingCount: 0 },
      );
    failed.set(that, failing.map(isFailed));
  }
  const ofTables = compiled.filter((one) => one.kind === 'table');
  const texts = ofTables.flatMap(({ values }) =>
    values.filter(({ how }) => how.by !== 'schema').map(({ label }) => label),
  );
  const measured = await measureValues(engine, rows, { texts, ...options });
  for (const { that, sql, values } of ofTables) {
    if (values.some(({ how }) => how.by === 'schema')) continue;
    const list = rows.partitions.map((_, at) => {
      const cells = values.map(({ label }) => measured.get(label)![at] ?? null);
      return `(${[at, ...cells.map((cell) => (cell === null ? 'CAST(NULL AS DOUBLE)' : doubleLiteral(cell)))].join(', ')})`;
    });
    const names = ['p', ...values.map(({ name }) => quoteIdentifier(name))].join(', ');
    const answers = await engine.rows(
      `SELECT coalesce((${sql}), true) AS holds FROM (VALUES ${list.join(', ')}) AS t(${names}) ORDER BY p`,
      options,
    );
    failed.set(
      that,
      answers.map((row) => row['holds'] === false),
    );
  }
  return failed;
}

/** The places of partitions in which any check fails. @throws as `holdPartitions` */
export async function failingPartitions(
  engine: QueryEngine,
  rows: PartitionedRows,
  options: Parameters<typeof holdPartitions>[2],
): Promise<number[]> {
  const failed = [...(await holdPartitions(engine, rows, options)).values()];
  return rows.partitions.flatMap((_, at) => (failed.some((partitions) => partitions[at] === true) ? [at] : []));
}
