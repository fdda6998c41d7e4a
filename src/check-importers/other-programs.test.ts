/** dbt, TensorFlow Data Validation and the Open Data Contract Standard. */
import { expect, test } from 'vitest';
import { readDocument, toldOf } from '../../test/check-importers/read-document.ts';
import { contract, dbt, panderaSchema, proto } from '../../test/check-importers/sample-documents.ts';
import { readSchemaFile, writeSchemaFile } from '../data-quality/index.ts';
import { PlatformError } from '../errors/index.ts';

test('Pandera: a schema of 0.35 tells its interface in place of its version', () => {
  expect(readDocument(panderaSchema.replace('version: 0.24.0', 'api: pandas'.padEnd(15)))).toEqual(
    readDocument(panderaSchema),
  );
});

test('Pandera: checks in a list, by name, and beside the type of a column', () => {
  const imported = readDocument(panderaSchema);
  expect(imported.from).toBe('pandera');
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'id > 0',
    'id > 0 and id <= 9',
    "name matches '\\A(?:[a-z]+)'",
    'length(name) between 1 and 3',
    "name in ['a', 'bé']",
    'not is_nan(x)',
    "has_columns('kind')",
    'unique(nan_as_missing(kind))',
    'count(nan_as_missing(kind) is null) <= 1',
    "type_of(score) == 'float64'",
    'nan_as_missing(score) > 0 and nan_as_missing(score) <= 9',
    'nan_as_missing(score) in [1, 2]',
    'count(nan_as_missing(score) not in [1, 2]) == 0 and count(nan_as_missing(score) == 1) > 0 and count(nan_as_missing(score) == 2) > 0',
    'unique(nan_as_missing(id), nan_as_missing(name))',
    'unique(nan_as_missing(id))',
  ]);
  expect(imported.checks.at(-1)).toMatchObject({ where: 'nan_as_missing(name) is null' });
  expect(toldOf(imported).map((one) => one.slice(0, 2))).toEqual([
    ['column.dtype', 'differs'],
    ['column.nullable', 'differs'],
    ['check.my_own', 'left'],
    ['column.dtype', 'left'],
    ['schema.index', 'left'],
  ]);
});

test('Pandera: what is done to values before anything is asked of them is named', () => {
  const schema = `schema_type: dataframe
coerce: true
columns:
  a: {dtype: int64, isin: {value: [1, null], ignore_na: false}, notin: {value: [1], ignore_na: false, raise_warning: true}, unique_values_eq: {values: [1], ignore_na: false}}
  b: {dtype: float64, nullable: true, default: 0, required: false, greater_than: 1, drop_invalid_rows: true}
  c: {nullable: true, coerce: true, str_length: {max_value: 3}}
unique: [a, b, c]
add_missing_columns: true
`;
  const imported = readDocument(schema);
  const [converted, filled] = [
    'values are converted there first (coerce)',
    'missing values are filled there first (default)',
  ];
  const absent = 'where the column is not there, its checks are broken here';
  const added = 'a column that is not there is added there (add_missing_columns)';
  expect(toldOf(imported)).toEqual([
    ['column.dtype', 'differs', 4, expect.stringContaining('they must be of the type')],
    ['column.required', 'differs', 4, added],
    ['column.nullable', 'differs', 4, converted],
    ['check.isin', 'left', 4, expect.stringContaining('a missing value stands among allowed_values')],
    ['check.notin', 'differs', 4, converted],
    ['check.unique_values_eq', 'differs', 4, converted],
    ['column.dtype', 'differs', 5, expect.stringContaining('they must be of the type')],
    ['check.greater_than', 'differs', 5, converted, filled, absent],
    ['column.drop_invalid_rows', 'left', 5, expect.stringContaining('left out there')],
    ['column.required', 'differs', 6, added],
    ['schema.unique', 'differs', 7, expect.stringContaining('makes the check a broken one')],
    ['schema.add_missing_columns', 'left', 8, expect.any(String)],
  ]);
  expect(imported.checks.map(({ that }) => that)).toContain(
    'missing_count(a) == 0 and count(a not in [1]) == 0 and count(a == 1) > 0',
  );
  // A value that is missing is unlike every other.
  expect(imported.checks.find(({ that }) => that === 'a not in [1]')).toMatchObject({
    of: 'present',
    severity: 'warn',
  });
  expect(
    imported.checks.map(({ that, where }) => (where === null ? that : `${that} where ${where}`)).slice(-4),
  ).toEqual([
    'unique(nan_as_missing(a), nan_as_missing(b), nan_as_missing(c))',
    'unique(nan_as_missing(a), nan_as_missing(c)) where nan_as_missing(b) is null',
    'unique(nan_as_missing(a), nan_as_missing(b)) where nan_as_missing(c) is null',
    'unique(nan_as_missing(a)) where nan_as_missing(b) is null and nan_as_missing(c) is null',
  ]);
});

test('dbt: tests of one of several tables', () => {
  const imported = readDocument(dbt, 'loans');
  expect(imported.from).toBe('dbt');
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'unique(a, b)',
    'unique(id)',
    'id is not null',
    "status in ['a', 'b']",
    'status in [1, 2]',
    'status is not null',
    'status >= 1',
  ]);
  expect(imported.checks[3]).toMatchObject({ severity: 'warn', where: "x == 5 and Y != 'it''s' or z in [1, 2]" });
  expect(imported.checks[5]).toMatchObject({ severity: 'warn', tolerance: { rows: 10 } });
  expect(toldOf(imported)).toEqual([
    ['dbt_utils.unique_combination_of_columns', 'differs', 5, expect.stringContaining('missing value')],
    ['relationships', 'left', 14, expect.stringContaining('write x in customers.id')],
    ['unique', 'left', 16, expect.stringContaining('values that fail')],
    ['not_null', 'left', 17, expect.stringContaining('no condition that can be read here')],
    ['my.test', 'left', 18, 'it is no test that is known here'],
  ]);
  for (const table of [null, 'loan'])
    expect(() => readDocument(dbt, table)).toThrow(
      expect.objectContaining({ code: 'CHECKS_IMPORT_TABLE', message: expect.stringContaining('(loans, other)') }),
    );
});

test('TensorFlow Data Validation: a schema in the text format', () => {
  const imported = readDocument(proto);
  expect(imported).toMatchObject({ from: 'tfdv', checks: [] });
  expect(readSchemaFile(writeSchemaFile(imported.schema!), 'f')).toEqual({
    schema: 1,
    additional: 'refuse',
    environments: ['TRAINING', 'SERVING'],
    rows: { min: 10 },
    columns: {
      tips: {
        type: 'float64',
        required: true,
        nullable: false,
        nan: false,
        presence: 0.9,
        min: 0,
        max: 1000,
        drift: { distance: 'l_infinity', threshold: 0.01 },
      },
      payment: {
        type: 'string',
        required: true,
        nullable: false,
        nan: false,
        domain: ['Caé', 'bc'],
        environments: ['TRAINING'],
        stage: 'beta',
      },
    },
  });
  expect(toldOf(imported)).toEqual([
    ['feature.type', 'differs', 2, expect.stringContaining('whole numbers')],
    ['feature.drift_comparator', 'differs', 8, expect.stringContaining('more than chance')],
    ['feature.not_in_environment', 'differs', 11, expect.stringContaining('not looked at here')],
    ['feature.value_count', 'left', 11, expect.stringContaining('one value')],
    ['feature.skew_comparator', 'left', 12, expect.stringContaining('same key')],
    ['feature.type', 'left', 13, expect.stringContaining('STRUCT')],
  ]);
});

test.each([
  ['feature { name: "a" type INT }', 'f:1:26: expected : or {, found INT'],
  ['feature { name: "a"\n  type: @ }', 'f:2:9: expected a field, found "@ }"'],
  ['feature {\n name: "\\377" }', 'f:2:8: the text is not UTF-8'],
  [`feature ${'{ a '.repeat(100)}`, 'this nests too deep'],
  ['feature { name: "a"', 'expected the name of a field, found the end'],
])('%s is no text format', (text, says) => {
  expect(() => readDocument(text)).toThrow(
    expect.objectContaining({ code: 'CHECKS_IMPORT_UNREADABLE', message: expect.stringContaining(says) }),
  );
  expect(() => readDocument(text)).toThrow(PlatformError);
});

test('Open Data Contract Standard: a contract becomes a schema and checks', () => {
  const imported = readDocument(contract);
  expect(imported).toMatchObject({ from: 'odcs', name: 'loans' });
  expect(imported.schema?.columns).toEqual({
    id: { type: 'int64', required: true, nullable: false, nan: false, unique: true },
    mail: { type: 'string', required: true, nullable: true, nan: false, format: 'email' },
    amount: { type: 'float64', required: true, nullable: true, nan: true, min: 0 },
  });
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'length(mail) >= 3',
    "mail matches '^[0-9]+$'",
    'nan_as_missing(100 * missing_count(mail) / row_count()) < 5',
    "mail in ['a', 'b']",
    'amount < 100',
    'amount / 0.5 == floor(amount / 0.5)',
    'primary_key(mail, id)',
    'row_count() > 1 and row_count() < 100',
    'unique(id, mail)',
  ]);
  expect(toldOf(imported)).toEqual([
    ['quality.sql', 'left', 18, 'a check carries no SQL'],
    ['property.logicalType', 'left', 20, 'array is no type of a table here'],
    ['quality.rowCount', 'differs', 22, expect.stringContaining('the bounds themselves are outside')],
  ]);
});
