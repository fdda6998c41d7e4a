/** The columns that a contract of Soda lists, as a check of their names and a schema of their types. */
import type { DataSchema } from '../../data-quality/index.ts';
import { call, constant } from '../expressions.ts';
import type { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement } from '../statements.ts';
import { tableTypeOf } from '../table-types.ts';

/** A column of a contract. */
export interface SodaColumn {
  readonly name: string;
  readonly fields: Fields;
  readonly place: string;
}

/** Reads the check of the columns. @param body null: of version 3, which has no such check and always carries it out */
export function readSchemaCheck(
  body: Fields | null,
  statement: Statement,
  { columns, schema }: { readonly columns: readonly SodaColumn[]; readonly schema: DataSchema },
): void {
  if (columns.length === 0) throw new NotTaken('the contract lists no columns');
  const allowsMore = body?.flag('allow_extra_columns') ?? false;
  const allowsOrder = body === null || (body.flag('allow_other_column_order') ?? false);
  const severity = body?.fields('threshold')?.text('level') === 'warn' ? 'warn' : 'fail';
  const needed = columns.filter(({ fields }) => !(fields.flag('optional') ?? false));
  const isWhole = needed.length === columns.length;
  const names = needed.map(({ name }) => constant(name));
  const why = body?.text('name') ?? '';
  if (isWhole && !allowsMore) {
    statement.ask({ that: call(allowsOrder ? 'column_set' : 'column_order', ...names), of: 'all', severity, why });
  } else {
    if (!allowsMore) statement.differs('that there are no other columns is not asked here, because some are optional');
    if (!allowsOrder)
      statement.differs('the order of the columns is asked here where there are no others and none is optional');
    if (names.length > 0) statement.ask({ that: call('has_columns', ...names), of: 'all', severity, why });
  }
  for (const { name, fields } of columns) setType(name, fields, { statement, schema });
  body?.skip('name', 'qualifier', 'attributes', 'threshold', 'filter');
  statement.requireAll(body?.untaken ?? [], 'the key');
}

function setType(
  name: string,
  fields: Fields,
  { statement, schema }: { readonly statement: Statement; readonly schema: DataSchema },
): void {
  const written = fields.text('data_type');
  if (written === null) return;
  const type = tableTypeOf(written);
  if (type === null) {
    statement.differs(`the type ${JSON.stringify(written.slice(0, 60))} is none of a table here, and is not asked for`);
    return;
  }
  statement.differs(
    'the column has one type here: boolean, int64, float64, string, date or timestamp, of whatever width',
  );
  if (fields.get('character_maximum_length') !== null)
    statement.differs('how long texts may be by their type is not looked at here');
  const required = !(fields.flag('optional') ?? false);
  statement.set(`columns.${name}.type`, () =>
    Object.defineProperty(schema.columns, name, {
      value: { type, required, nullable: true, nan: type === 'float64' },
      enumerable: true,
      configurable: true,
      writable: true,
    }),
  );
}
