/** dbt, TensorFlow Data Validation and the Open Data Contract Standard. */
import { expect, test } from 'vitest';
import { contract, dbt, panderaSchema, proto } from '../../test/check-importers/sample-documents.ts';
import { readSchemaFile, writeSchemaFile } from '../data-quality/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type ImportedChecks, importChecks } from './index.ts';

function read(text: string, table: string | null = null): ImportedChecks {
  return importChecks({ text, file: 'f' }, { from: null, table, nan: 'missing' });
}

const told = ({ statements }: ImportedChecks): unknown[] =>
  statements
    .filter(({ state }) => state !== 'same')
    .map(({ kind, state, position, says }) => [kind, state, position.line, ...says]);

test('Pandera: a schema of 0.35 tells its interface in place of its version', () => {
  expect(read(panderaSchema.replace('version: 0.24.0', 'api: pandas'.padEnd(15)))).toEqual(read(panderaSchema));
});

test('Pandera: checks in a list, by name, and beside the type of a column', () => {
  const imported = read(panderaSchema);
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
    'nan_as_missing(score) > 0 and nan_as_missing(score) <= 9',
    'nan_as_missing(score) in [1, 2]',
    'count(nan_as_missing(score) not in [1, 2]) == 0 and count(nan_as_missing(score) == 1) > 0 and count(nan_as_missing(score) == 2) > 0',
    'unique(nan_as_missing(id), nan_as_missing(name))',
  ]);
  expect(told(imported).map((one) => (one as unknown[]).slice(0, 2))).toEqual([
    ['column.dtype', 'differs'],
    ['check.my_own', 'left'],
    ['column.dtype', 'left'],
    ['column.unique', 'differs'],
    ['schema.unique', 'differs'],
    ['schema.index', 'left'],
  ]);
});

test('dbt: tests of one of several tables', () => {
  const imported = read(dbt, 'loans');
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
  expect(told(imported)).toEqual([
    ['relationships', 'left', 14, expect.stringContaining('write x in customers.id')],
    ['unique', 'left', 16, expect.stringContaining('values that fail')],
    ['not_null', 'left', 17, expect.stringContaining('no condition that can be read here')],
    ['my.test', 'left', 18, 'it is no test that is known here'],
  ]);
  for (const table of [null, 'loan'])
    expect(() => read(dbt, table)).toThrow(
      expect.objectContaining({ code: 'CHECKS_IMPORT_TABLE', message: expect.stringContaining('(loans, other)') }),
    );
});

test('TensorFlow Data Validation: a schema in the text format', () => {
  const imported = read(proto);
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
        nullable: true,
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
  expect(told(imported)).toEqual([
    ['feature.drift_comparator', 'differs', 8, expect.stringContaining('more than chance')],
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
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: 'CHECKS_IMPORT_UNREADABLE', message: expect.stringContaining(says) }),
  );
  expect(() => read(text)).toThrow(PlatformError);
});

test('Open Data Contract Standard: a contract becomes a schema and checks', () => {
  const imported = read(contract);
  expect(imported).toMatchObject({ from: 'odcs', name: 'loans' });
  expect(imported.schema?.columns).toEqual({
    id: { type: 'int64', required: true, nullable: false, nan: false, unique: true },
    mail: { type: 'string', required: true, nullable: true, nan: false, format: 'email' },
    amount: { type: 'float64', required: true, nullable: true, nan: true, min: 0 },
  });
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'length(mail) >= 3',
    "mail matches '^[0-9]+$'",
    '100 * missing_count(mail) / row_count() < 5',
    "count(mail not in ['a', 'b']) == 0",
    'amount < 100',
    'amount / 0.5 == floor(amount / 0.5)',
    'primary_key(mail, id)',
    'row_count() > 1 and row_count() < 100',
    'duplicate_count(id, mail) == 0',
  ]);
  expect(told(imported)).toEqual([
    ['quality.sql', 'left', 18, 'a check carries no SQL'],
    ['property.logicalType', 'left', 20, 'array is no type of a table here'],
    ['quality.rowCount', 'differs', 22, expect.stringContaining('the bounds themselves are outside')],
  ]);
});
