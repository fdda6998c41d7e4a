/** A change of a schema file is that change and leaves every other character as it was. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { patchSchemaFile } from '../index.ts';

const text = `# ours
schema: 1   # the form

columns:
  amount: { type: int64, min: 0, max: 80000 }   # EUR
  "a\\nb": {type: string, domain: [car, home]} # two
  note:
    # what people write
    type: string
    domain:
      - x
      - y
  late: {type: boolean}
`;

test.each([
  [['columns', 'amount', 'max'], 90_000, ['max: 80000', 'max: 90000']],
  [['columns', 'amount', 'nullable'], true, ['max: 80000 }', 'max: 80000, nullable: true }']],
  [['columns', 'amount', 'min'], null, [', min: 0', '']],
  [['columns', 'amount', 'max'], null, [', max: 80000', '']],
  [['columns', 'amount', 'unique'], null, ['', '']],
  [
    ['columns', 'a\nb', 'domain'],
    ['car', 'home', 'b: #', '\u001b'],
    ['[car, home]', '[car, home, "b: #", "\\e"]'],
  ],
  [['columns', 'note', 'domain'], ['x'], ['- x\n      - y\n', '[x]\n']],
  [['columns', 'note', 'nullable'], true, ['      - y\n', '      - y\n    nullable: true\n']],
  [['columns', 'note', 'type'], null, ['    type: string\n', '']],
  [['columns', 'new'], { type: 'int64' }, ['late: {type: boolean}\n', 'late: {type: boolean}\n  new: {type: int64}\n']],
  [
    ['columns', 'ü: "'],
    { type: 'date' },
    ['late: {type: boolean}\n', "late: {type: boolean}\n  'ü: \"': {type: date}\n"],
  ],
] as const)('%j becomes %j', (path, value, [before, after]) => {
  expect(patchSchemaFile(text, { path, value: value as never })).toBe(text.replace(before, () => after));
});

test('JSON stays JSON, lines without an end get one, and odd forms keep their comments', () => {
  const json = '{"schema": 1,\n "columns": {"a": {"type": "string"}, "b": {}}}';
  expect(patchSchemaFile(json, { path: ['columns', 'a', 'domain'], value: ['x'] })).toBe(
    json.replace('"string"', '"string", "domain": ["x"]'),
  );
  expect(JSON.parse(patchSchemaFile(json, { path: ['columns', 'b', 'type'], value: 'date' }))).toMatchObject({
    columns: { b: { type: 'date' } },
  });
  expect(
    patchSchemaFile('schema: 1\ncolumns:\n  a: {type: date}', { path: ['columns', 'b'], value: { type: 'date' } }),
  ).toBe('schema: 1\ncolumns:\n  a: {type: date}\n  b: {type: date}\n');
  const odd = '# kept\nschema: 1\ncolumns:\n  ? a\n  : type: int64 # kept too\n  b:\n';
  const patched = patchSchemaFile(odd, { path: ['columns', 'c'], value: { type: 'date' } });
  expect(parse(patched)).toEqual({ schema: 1, columns: { a: { type: 'int64' }, b: null, c: { type: 'date' } } });
  expect(patched.match(/# kept/g)).toHaveLength(2);
});
