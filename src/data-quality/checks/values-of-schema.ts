import { column, known, quoted, type TableFunction } from './table-function.ts';

function ofColumns(
  name: string,
  says: string,
  holds: (wanted: readonly string[], there: readonly string[]) => boolean,
): TableFunction {
  return {
    name,
    group: 'columns',
    form: `${name}('a', …)`,
    says,
    example: `${name}('x', 's')`,
    takes: [],
    more: quoted,
    missing: '',
    value: ({ args }, { fields }) =>
      known(
        holds(
          args.map(({ literal }) => literal!),
          fields.map((field) => field.name),
        ),
      ),
  };
}

/** What columns there are. Nothing is read. */
export const schemaValues: readonly TableFunction[] = [
  {
    name: 'column_count',
    group: 'columns',
    form: 'column_count()',
    says: 'Columns.',
    example: 'column_count() == 3',
    takes: [],
    missing: '',
    value: (_call, { fields }) => known(fields.length),
  },
  ofColumns('has_columns', 'Whether all of these are there.', (wanted, there) =>
    wanted.every((name) => there.includes(name)),
  ),
  ofColumns(
    'column_set',
    'Whether these and no others are there.',
    (wanted, there) => wanted.every((name) => there.includes(name)) && there.every((name) => wanted.includes(name)),
  ),
  ofColumns(
    'column_order',
    'Whether these and no others are there, in this order.',
    (wanted, there) => wanted.length === there.length && wanted.every((name, at) => there[at] === name),
  ),
  {
    name: 'type_of',
    group: 'columns',
    form: 'type_of(x)',
    says: 'The type of a column: boolean, int64, float64, string, date or timestamp.',
    example: "type_of(x) in ['int64', 'float64']",
    takes: [column],
    missing: '',
    value: ({ args }) => known(args[0]!.field!.type),
  },
];
