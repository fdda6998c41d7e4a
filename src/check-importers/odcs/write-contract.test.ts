import { readFileSync } from 'node:fs';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect, test } from 'vitest';
import { type DataSchema, type DeclaredCheck, readChecksFile, readSchemaFile } from '../../data-quality/index.ts';
import { seededRandom } from '../../encoding/index.ts';
import { plainOf, readYamlFile } from '../../originals/index.ts';
import { importChecks } from '../import-checks.ts';
import type { ImportedChecks } from '../imported.ts';
import { type WrittenContract, writeContract } from './write-contract.ts';

/** The schema of the Open Data Contract Standard 3.1.0 (Apache-2.0), as the PyPI package `open-data-contract-standard` 3.1.2 (MIT) brings it. */
const official = new URL('../../../test/golden/odcs/odcs-json-schema-v3.1.0.json', import.meta.url);
const isValid = new Ajv2019({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(official, 'utf8')) as object,
);

function requireValid(text: string): void {
  const { documents } = read(text);
  isValid(documents);
  expect(isValid.errors).toBeNull();
}

/** The contract as a value, read as Python reads it. */
function read(text: string): { readonly documents: unknown } {
  const [document] = readYamlFile(text).documents;
  return { documents: plainOf(document!) };
}

const again = (text: string): ImportedChecks =>
  importChecks({ text, file: 'contract' }, { from: null, table: null, nan: 'missing' });

const checksOf = (...lines: readonly string[]): readonly DeclaredCheck[] => {
  const { read: found, findings } = readChecksFile(
    `checks:\n${lines.map((line) => `  - ${line}\n`).join('')}`,
    'checks',
  );
  expect(findings).toEqual([]);
  return found!.checks;
};

const schema = readSchemaFile(
  `schema: 1
rows: {min: 10, max_ratio: 2}
environments: [training, serving]
additional: warn
severity: {FEATURE_TYPE_LOW_FRACTION_PRESENT: warn}
columns:
  id: {type: string, unique: true, format: uuid}
  "yes": {type: int64, min: 0, max: 9, nullable: true, presence: 0.9}
  "010": {type: float64, nan: true, min: -0.5, distinct: {min: 2}}
  price: {type: float64, drift: {distance: psi, threshold: 0.1}}
  kind: {type: string, domain: [a, "on", "1"], severity: warn}
  late: {type: boolean, environments: [training], nullable: true}
  seen: {type: timestamp, min: "2020-01-01", required: false, skew: 0.1}
  old: {type: string, stage: deprecated, domain: [x]}
  where: {type: string, format: ip, description: "an address: # of \\"it\\""}
`,
  'schema',
);

const statesOf = ({ parts }: WrittenContract): Record<string, string> =>
  Object.fromEntries(parts.map(({ what, state }) => [what, state]));

test('a schema comes back from its contract, but for what comes back as checks', () => {
  const contract = writeContract({ name: 'loans', schema, checks: [] });
  requireValid(contract.text);
  const imported = again(contract.text);
  expect(imported.statements.filter(({ state }) => state === 'left')).toEqual([]);
  const { domain: _, ...kind } = schema.columns['kind']!;
  expect(imported.schema).toEqual({
    ...schema,
    rows: { max_ratio: 2 },
    columns: { ...schema.columns, kind },
  });
  expect(imported.checks).toEqual(checksOf(`{that: "kind in ['a', 'on', '1']", severity: warn}`, 'row_count() >= 10'));
  expect(statesOf(contract)).toMatchObject({
    'rows.min': 'standard',
    rows: 'ours',
    additional: 'ours',
    'columns.id.unique': 'standard',
    'columns.kind.domain': 'standard',
    'columns.old.domain': 'ours',
    'columns.where.format': 'ours',
    'columns.yes.presence': 'ours',
    'columns.seen.required': 'ours',
  });
});

test('checks come back; those without words in the standard are ours, and what no contract can hold is left', () => {
  const standard = [
    'id is not null',
    '{that: id is not null, tolerance: 4 rows, severity: warn}',
    '{that: price is not null, tolerance: 0.29, why: "most have one"}',
    `kind in ['a', 'b']`,
    `{that: "kind matches '^[a-z]+$'", tolerance: 2 rows}`,
    'unique(id)',
    'unique(id, kind)',
    'row_count() >= 10',
    '{that: row_count() != 13, severity: warn}',
    'missing_count(price) > 3',
    'primary_key(kind, id)',
    'length(id) >= 3',
    'price > -0.5',
  ];
  const ours = [
    `{that: price / 2 < 7, where: "kind == 'a'", of: all, tolerance: 1%}`,
    'price < 7 and price > 3',
    'mean(price) between 3 and 4',
    `kind matches '\\d'`,
    'primary_key(id)',
    `'length(\`a "b\`) < 3'`,
    '{that: price is not null, of: all}',
    '"missing_count(price) == 0"',
  ];
  const all = checksOf(...standard, ...ours);
  const contract = writeContract({ name: 'loans', schema, checks: all });
  requireValid(contract.text);
  const imported = again(contract.text);
  expect(imported.statements.filter(({ state }) => state !== 'same')).toEqual([]);
  const ofSchema = 2;
  expect(imported.checks.length).toBe(all.length + ofSchema);
  expect(imported.checks).toEqual(expect.arrayContaining([...all]));
  const states = contract.parts.filter(({ what }) => what.startsWith('checks:')).map(({ state }) => state);
  expect(states).toEqual([...standard.map(() => 'standard'), ...ours.map(() => 'ours')]);
});

test('what a contract cannot hold is told', () => {
  const checks = checksOf(
    'id in other.id',
    '{that: row_count(), history: normal}',
    '{failing: "SELECT * FROM data"}',
    'row_count() between 1 and 9',
  );
  const { text, parts } = writeContract({ name: 'loans', schema: null, checks });
  requireValid(text);
  expect(parts.map(({ state }) => state)).toEqual(['left', 'left', 'left', 'standard']);
  expect(again(text).checks.map(({ that }) => that)).toEqual(['row_count() >= 1', 'row_count() <= 9']);
  expect(again(text).schema).toBeNull();
});

test('code in a contract is not taken over, nor keys that are not known', () => {
  const rule = (implementation: string): string =>
    `kind: DataContract\nschema:\n  - name: t\n    quality:\n      - {type: custom, engine: mlspec, implementation: ${implementation}}\n`;
  for (const [implementation, says] of [
    ['{failing: SELECT 1}', /it is code/],
    ['{python: "m:f"}', /it is code/],
    ['{that: a >, b: 1}', /makes no check/],
    ['{that: x > 3, "on": [train]}', /no parts/],
    ['x > 3', /expected a mapping/],
  ] as const) {
    const { checks, statements } = again(rule(implementation));
    expect(checks).toEqual([]);
    expect(statements).toEqual([expect.objectContaining({ state: 'left', says: [expect.stringMatching(says)] })]);
  }
  const { schema: none, statements } = again(
    'kind: DataContract\nschema:\n  - name: t\n    customProperties: [{property: mlspec, value: {columns: {}}}]\n',
  );
  expect(none).toEqual({ schema: 1, columns: {}, additional: 'allow' });
  expect(statements[0]).toMatchObject({ kind: 'schema.mlspec', state: 'left' });
});

const names = [
  'a',
  'yes',
  '010',
  '1e3',
  'null',
  'é日',
  'a "b',
  "it's",
  'x\ny',
  'key: # no',
  '\u202e',
  '`',
  '__proto__',
  '~',
];

test('generated schemas and checks come back whatever they are called', () => {
  const random = seededRandom(31);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  for (let run = 0; run < 150; run++) {
    const columns: DataSchema['columns'] = Object.create(null) as DataSchema['columns'];
    for (const name of names.filter(() => random() < 0.5))
      columns[name] = {
        type: pick(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp'] as const),
        required: random() < 0.8,
        nullable: random() < 0.5,
        nan: random() < 0.5,
        ...(random() < 0.3 ? { unique: true } : {}),
        ...(random() < 0.3 ? { min: pick([0, -1.5, 1e21, '2020-01-01']) } : {}),
        ...(random() < 0.2 ? { stage: pick(['planned', 'beta', 'deprecated'] as const) } : {}),
        ...(random() < 0.2 ? { format: pick(['email', 'url', 'uuid', 'ip', 'json', 'date'] as const) } : {}),
        ...(random() < 0.2 ? { distinct: { min: 2 } } : {}),
      };
    const generated: DataSchema = { schema: 1, columns: { ...columns }, additional: pick(['allow', 'warn', 'refuse']) };
    const term = (): string => `\`${pick(names).replaceAll('`', '``')}\``;
    const checks = Array.from({ length: 4 }, () => {
      const that = pick([
        () => `${term()} is not null`,
        () => `${term()} in ['a', 'yes', 'it''s']`,
        () => `unique(${term()}, ${term()})`,
        () => `${term()} > ${pick(names).length.toString()}`,
        () => `mean(${term()}) < 1e21`,
        () => `length(${term()}) <= 3`,
      ])();
      return checksOf(JSON.stringify({ that, ...(random() < 0.3 ? { tolerance: '3 rows' } : {}) }))[0]!;
    });
    const contract = writeContract({ name: pick(names), schema: generated, checks });
    requireValid(contract.text);
    const imported = again(contract.text);
    expect(imported.statements.filter(({ state }) => state === 'left')).toEqual([]);
    expect(imported.schema ?? { schema: 1, columns: {}, additional: 'allow' }).toEqual(generated);
    const text = ({ that, tolerance, ...others }: DeclaredCheck): string =>
      JSON.stringify([that?.replaceAll('`', ''), tolerance, others.of, others.severity, others.where, others.why]);
    expect(imported.checks.map(text).sort()).toEqual(checks.map(text).sort());
  }
});
