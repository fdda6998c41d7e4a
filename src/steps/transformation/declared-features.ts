import { PlatformError } from '../../errors/index.ts';
import type { Field, TableSchema } from '../../tables/index.ts';
import { type CompiledTransform, compileTransform } from '../../transform/index.ts';
import type { TransformationParams } from './plan.ts';

/**
 * The transformation that a declaration means for the columns that there are: the declared features, and with
 * passthrough every other column that the model may see, as it is. Dates pass through no model and are left out.
 *
 * @param refused columns that no feature may be made of, with the reason
 * @throws PlatformError TRANSFORM_BAD_DECLARATION with everything that is wrong
 */
export function compileDeclared(
  params: TransformationParams,
  schema: TableSchema,
  refused: Readonly<Record<string, string>> = {},
): CompiledTransform['graph'] {
  const columns = schema.fields.filter((field) => field.name !== '__row');
  const allowed = columns.filter(({ name }) => !Object.hasOwn(refused, name));
  const features = { ...params.features, ...passedThrough(params, allowed) };
  const outliers =
    params.outliers === null
      ? {}
      : Object.fromEntries(
          outlierColumns(params, columns).map((name) => [
            name,
            `${params.outliers!.method}(${params.outliers!.factor})`,
          ]),
        );
  const { graph, findings } = compileTransform(
    features,
    { fields: columns },
    { outliers, forbidden: { ...forbiddenColumns(params), ...refused } },
  );
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    const lines = errors.map(
      (finding) =>
        `${finding.path.join('.')}: ${finding.message}${finding.suggestion === undefined ? '' : ` (${finding.suggestion})`}`,
    );
    throw new PlatformError('TRANSFORM_BAD_DECLARATION', {
      message: `the transformation does not fit the dataset:\n${lines.join('\n')}`,
      details: { findings: errors },
    });
  }
  if (graph.features.length === 0)
    throw new PlatformError('TRANSFORM_BAD_DECLARATION', {
      message: 'there is no feature: no expression is declared and no column may pass through',
    });
  return graph;
}

/** Columns that no feature may read, with the reason. */
function forbiddenColumns(params: TransformationParams): Record<string, string> {
  return {
    ...Object.fromEntries(params.exclude.map((name) => [name, 'features.exclude hides it'])),
    ...(params.label === null ? {} : { [params.label]: 'it is the label' }),
    ...(params.partColumn === undefined ? {} : { [params.partColumn]: 'it names the parts' }),
  };
}

function passedThrough(params: TransformationParams, columns: readonly Field[]): Record<string, string> {
  if (!params.passthrough) return {};
  const hidden = hiddenColumns(params);
  const seen = columns.filter(
    (field) => !hidden.has(field.name) && field.type !== 'date' && field.type !== 'timestamp',
  );
  const allowed = params.include === null ? seen : seen.filter((field) => params.include!.includes(field.name));
  return Object.fromEntries(
    allowed.filter((field) => !(field.name in params.features)).map((field) => [field.name, quoteName(field.name)]),
  );
}

/** Columns that pass through nowhere. */
function hiddenColumns({
  exclude,
  key,
  label,
  time,
  group,
  partColumn,
}: TransformationParams): ReadonlySet<string | null> {
  return new Set([...exclude, ...key, label, time, group, partColumn ?? null]);
}

function outlierColumns(params: TransformationParams, columns: readonly Field[]): readonly string[] {
  const hidden = hiddenColumns(params);
  return (
    params.outliers!.columns ??
    columns
      .filter((field) => (field.type === 'int64' || field.type === 'float64') && !hidden.has(field.name))
      .map((field) => field.name)
  );
}

function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}
