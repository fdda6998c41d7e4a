import { readFile } from 'node:fs/promises';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { TransformationParams } from './plan.ts';

/**
 * The columns of the dataset that no feature may be made of, with the reason: those that `features.forbidden` names, and what the query made of them. Told in the log where
 * columns pass through, because there they would have been features.
 * @throws PlatformError TRANSFORM_BAD_DECLARATION where it cannot be told what the query made of them
 */
export async function refusedColumns(
  { forbidden, passthrough }: Pick<TransformationParams, 'forbidden' | 'passthrough'>,
  context: StepContext,
): Promise<Record<string, string>> {
  if (forbidden === undefined) return {};
  const report = JSON.parse(await readFile(context.inputs['ingested']![0]!.path, 'utf8')) as {
    readonly forbidden: { readonly columns: readonly string[]; readonly untold: string | null };
  };
  const { columns, untold } = report.forbidden;
  const named = forbidden.join(', ');
  if (untold !== null)
    throw new PlatformError('TRANSFORM_BAD_DECLARATION', {
      message: `expected a query of which it can be told what it makes of ${named}, which features.forbidden names; ${untold}`,
      hint: 'Name the columns in the query (SELECT a, b AS c …), or leave the forbidden ones out of the sources.',
    });
  const isNamed = (column: string): boolean => forbidden.some((name) => name.toLowerCase() === column.toLowerCase());
  const refused = columns.map((column): [string, string] => [
    column,
    isNamed(column)
      ? 'features.forbidden refuses it'
      : `the query makes it of ${named}, which features.forbidden refuses`,
  ]);
  const made = columns.filter((column) => !isNamed(column));
  if (passthrough && made.length > 0)
    context.log(
      'warn',
      `${made.join(', ')} is no feature: the query makes it of ${named}, which features.forbidden refuses`,
    );
  return Object.fromEntries(refused);
}
