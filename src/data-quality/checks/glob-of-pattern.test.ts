import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { globOf } from './glob-of-pattern.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

test.each([
  ['^[A-Z][0-9]{4}$', '[A-Z][0-9][0-9][0-9][0-9]'],
  ['^\\d{2}-x$', '[0-9][0-9]-x'],
  ['^a\\*\\?\\[\\\\$', 'a[*][?][[][\\]'],
  ['^[a-z0-9_]$', '[a-z0-9_]'],
])('%s is %s', (pattern, glob) => {
  expect(globOf(pattern)).toBe(glob);
});

test.each([
  ...[
    '[A-Z]',
    '^[A-Z]',
    '[A-Z]$',
    '^$',
    '^a*$',
    '^a+$',
    '^a?$',
    '^a{1,2}$',
    '^a{0}$',
    '^a{2}{3}$',
    '^a|b$',
    '^(a)$',
    '^.$',
  ],
  ...[
    '^[^a]$',
    '^[a-]$',
    '^[-a]$',
    '^[]a]$',
    '^[a-c-e]$',
    '^[z-a]$',
    '^[[:digit:]]$',
    '^\\w$',
    '^\\n$',
    '^\\x41$',
    '^ä$',
    '^a\\$',
  ],
  ...['^a$b$', '^^a$', '(?i)^a$', '^a\n$', '^{2}$', '^a{}$', '^]$', '^\\d{100}$'],
])('%s is left to the regular expression', (pattern) => {
  expect(globOf(pattern)).toBeNull();
});

const part = fc.tuple(
  fc.constantFrom(
    ...'aZ09_ -,.:/'.split('').map((one) => (one === '.' ? '\\.' : one)),
    '\\d',
    '[a-c]',
    '[A-Z0-9]',
    '[x_]',
    '\\*',
    '\\?',
    '\\[',
    '\\]',
    '\\\\',
    '\\-',
    '!',
  ),
  fc.constantFrom('', '', '', '{1}', '{2}', '{3}'),
);
const patterns = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `^${parts.flat().join('')}$`);
const texts = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...'aabcxZA09_ -,.:/*?[]\\!é🙂\n'.match(/./gsu)!), maxLength: 7 }),
    fc.string({ unit: 'binary', maxLength: 4 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
  ),
  { minLength: 20, maxLength: 60 },
);

test('it is true of the same texts', async () => {
  await fc.assert(
    fc.asyncProperty(patterns, texts, async (pattern, some) => {
      const glob = globOf(pattern);
      expect(glob, pattern).not.toBeNull();
      // Texts that are of the pattern's form too, or nearly.
      const near = ['a', 'aa', 'aaa', '0', '00', 'Z', '_', '*', '\\', '9-', 'a0Z', 'b', 'x_'];
      const list = [...some, ...near, ...near.map((one) => one + one), ...near.map((one) => `${one}\n`)].map(
        quoteLiteral,
      );
      const rows = await engine.rows(
        `SELECT s FROM (SELECT unnest([${list.join(', ')}]) AS s) WHERE (s GLOB ${quoteLiteral(glob!)}) IS DISTINCT FROM regexp_matches(s, ${quoteLiteral(pattern)})`,
      );
      expect(rows, `${pattern} and ${glob}`).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
