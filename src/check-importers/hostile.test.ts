/** Documents that are broken, huge or made to hurt: a clear error with its place, or a list; never anything else. */
import { expect, test } from 'vitest';
import {
  contract,
  dbt,
  panderaSchema,
  proto,
  ruleset,
  sodaContract,
  suite,
} from '../../test/check-importers/sample-documents.ts';
import { readChecksFile, readSchemaFile, writeSchemaFile } from '../data-quality/index.ts';
import { seededRandom } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { checkImporters, type checkOrigins, importChecks, writeImportedChecks } from './index.ts';

const options = { from: null, table: null, nan: 'missing' } as const;
const read = (text: string, from: (typeof checkOrigins)[number] | null = null) =>
  importChecks({ text, file: 'hostile' }, { ...options, from });

function errorOf(text: string, from: (typeof checkOrigins)[number] | null = null): PlatformError {
  try {
    read(text, from);
  } catch (thrown) {
    if (thrown instanceof PlatformError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghij'
  .split('')
  .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(', ')}]`)
  .join('\n')}\n`;

test.each<[string, string, string, RegExp]>([
  ['nothing', '', 'CHECKS_IMPORT_UNKNOWN', /looks like none of them/],
  ['a text', 'hello', 'CHECKS_IMPORT_UNKNOWN', /Great Expectations/],
  ['another document', 'a: 1\nb: [2]\n', 'CHECKS_IMPORT_UNKNOWN', /Pandera/],
  ['too long', 'a'.repeat(3_000_000), 'CHECKS_IMPORT_UNREADABLE', /3000000 characters; at most \d+ are read/],
  [
    'aliases upon aliases',
    `${bomb}expectations: *j\n`,
    'CHECKS_IMPORT_UNREADABLE',
    /hostile:1:7: anchors and aliases are not read/,
  ],
  ['too deep', `{"expectations": ${'['.repeat(5000)}${']'.repeat(5000)}}`, 'CHECKS_IMPORT_UNREADABLE', /too deep/],
  [
    'broken JSON',
    '{"name": "s", "expectations": [{"type": }',
    'CHECKS_IMPORT_UNREADABLE',
    /hostile:1:\d+: this is not YAML/,
  ],
  ['a key twice', '{"name": "s", "name": "t", "expectations": []}', 'CHECKS_IMPORT_UNREADABLE', /second time/],
  [
    'a tag',
    'schema_type: dataframe\nversion: !!python/object:os.system 1\ncolumns: {}\n',
    'CHECKS_IMPORT_UNREADABLE',
    /tags are not read/,
  ],
])('%s', (_name, text, code, says) => {
  const error = errorOf(text);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(says);
});

test.each<[(typeof checkOrigins)[number], string, RegExp]>([
  ['gx', '{"expectations": {"a": 1}}', /expected a list of expectations, found a mapping/],
  ['gx', '{"name": "s"}', /expected a list of expectations, found nothing/],
  ['pandera', 'schema_type: dataframe\ncolumns: [1]\n', /expected columns by name/],
])('as %s: %s', (from, text, says) => {
  const error = errorOf(text, from);
  expect([error.code, error.message]).toEqual(['CHECKS_IMPORT_UNREADABLE', expect.stringMatching(says)]);
});

test('statements of wrong types are left, each by itself; names and texts of others reach neither a terminal nor another line', () => {
  const items = [null, 1, 'x', [], {}, { type: [] }, { type: 'expect_column_to_exist', kwargs: 5 }];
  const named = {
    type: 'expect_column_values_to_not_be_null',
    kwargs: { column: 'a\u001b[2J\nb: c`' },
    notes: '\u009b2J\nchecks:',
  };
  const imported = read(JSON.stringify({ name: 's', expectations: [...items, named] }));
  expect(imported.statements.map(({ state }) => state)).toEqual([...items.map(() => 'left'), 'same']);
  const text = writeImportedChecks(imported, { file: 'a\u001b\nb' })!;
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  const { read: again, findings } = readChecksFile(text, 'checks.yaml');
  expect(findings).toEqual([]);
  expect(again!.checks).toEqual(imported.checks);
});

/** A text with a few places changed. */
function mutated(text: string, random: () => number): string {
  let out = text;
  const pieces = [
    'null',
    '{',
    ']',
    '"',
    '-1e999',
    '[]',
    ':',
    'true',
    '\u0000',
    '&a',
    '*a',
    '9007199254740993',
    'é',
    "'",
    '\n',
  ];
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    const at = Math.floor(random() * out.length);
    const piece = pieces[Math.floor(random() * pieces.length)]!;
    out = out.slice(0, at) + (random() < 0.5 ? piece : '') + out.slice(at + Math.floor(random() * 12));
  }
  return out;
}

/** A value of the tree replaced by one of another type. */
function retyped(value: unknown, random: () => number): unknown {
  if (random() < 0.02) return [null, 0, -1.5, '', 'x', true, [], {}, [[]], { a: 1 }, 1e308][Math.floor(random() * 11)];
  if (Array.isArray(value)) return value.map((item) => retyped(item, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [random() < 0.01 ? `${key}x` : key, retyped(item, random)]),
  );
}

const samples = {
  ...{ gx: suite, pandera: panderaSchema, dbt, tfdv: proto, odcs: contract },
  ...{ soda: sodaContract, dqdl: ruleset },
} as const;

test.each(checkImporters.map(({ origin }) => origin))('%s: every sample is read whole', (origin) => {
  const imported = importChecks({ text: samples[origin], file: 'f' }, { ...options, table: 'loans' });
  expect(imported.from).toBe(origin);
  expect(imported.statements.length).toBeGreaterThan(5);
});

test('mutated documents give a list or a clear error, and what is written can be read', () => {
  const runs = process.env['MLSPEC_TEST_FULL'] === '1' ? 2000 : 60;
  const random = seededRandom(11);
  let whole = 0;
  for (const { origin } of checkImporters)
    for (let run = 0; run < runs; run++) {
      const text = samples[origin];
      const isTree = origin === 'gx' && run % 2 === 0;
      const changed = isTree ? JSON.stringify(retyped(JSON.parse(text), random)) : mutated(text, random);
      try {
        const imported = importChecks({ text: changed, file: 'f' }, { ...options, from: origin, table: 'loans' });
        whole++;
        const written = writeImportedChecks(imported, { file: 'x' });
        if (written !== null) expect(readChecksFile(written, 'x').read?.checks).toEqual(imported.checks);
        if (imported.schema !== null)
          expect(readSchemaFile(writeSchemaFile(imported.schema), 'x')).toEqual(imported.schema);
      } catch (thrown) {
        if (!(thrown instanceof PlatformError)) throw thrown;
        expect(thrown.code).toMatch(/^CHECKS_IMPORT_/);
      }
    }
  expect(whole).toBeGreaterThan(runs);
});
