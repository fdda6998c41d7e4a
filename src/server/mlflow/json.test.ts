import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, writeInt64 } from './json.ts';

const space = fc.constantFrom('', ' ', '\n', '\t\r\n');
const places = fc.constantFrom(
  (text: string, gap: string) => text + gap,
  (text: string, gap: string) => `[${gap}${text}${gap}]`,
  (text: string, gap: string) => `{"a":${gap}${text}${gap}}`,
  (text: string, gap: string) => `[0,${text}${gap},1]`,
  (text: string, gap: string) => `{"a":0.1234567890123456789,"b":${gap}${text}}`,
);

test('integers of 64 bits are read whole, wherever they stand', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), places, space, (whole, at, gap) => {
      const found = [parseJson(at(String(whole), gap))].flatMap(flat);
      const isSafe = Number.isSafeInteger(Number(whole));
      expect(found).toContain(isSafe ? Number(whole) : whole);
      expect(JSON.parse(JSON.stringify({ whole: writeInt64(whole) }), (_key, value) => value).whole).toBe(
        Number(whole),
      );
    }),
  );
});

function flat(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [value];
}

test('what is no integer beyond 2^53 is what JSON says', () => {
  for (const text of [
    '0.12345678901234567',
    '1e300',
    '-1.2345678901234567e-7',
    '"9007199254740993"',
    '[]',
    '{"a":" 12345678901234567 "}',
  ])
    expect(parseJson(text)).toEqual(JSON.parse(text));
  expect(() => parseJson('[12345678901234567')).toThrow(SyntaxError);
});
