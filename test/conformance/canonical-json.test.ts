/*
 * Canonical JSON is the same text that the Python package rfc8785 makes, for random values and for doubles of every size;
 * where the two differ is tested, too.
 */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/encoding/index.ts';
import { testPython } from '../../tools/python-env.ts';

/** Each line of standard input is a JSON text; each line of the output its canonical form in JSON, or null where refused. */
const theirs = `
import json, sys, rfc8785
def form(line):
    try:
        return rfc8785.dumps(json.loads(line)).decode("utf-8")
    except rfc8785.CanonicalizationError:
        return None
for line in sys.stdin.buffer.read().decode("utf-8").splitlines():
    print(json.dumps(form(line)))
`;

function formsOf(lines: readonly string[]): (string | null)[] {
  const { stdout, stderr, status } = spawnSync(testPython(), ['-c', theirs], {
    input: lines.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(status, stderr).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as string | null);
}

/** ASCII alone, so that no separator of lines stands in a line. Integers as doubles: Python tells the two apart. */
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

it('of random values', () => {
  const safe = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Number.isInteger(x) || Math.abs(x) < 2 ** 53),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      safe,
      fc.constantFrom(null, true, false),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), tie('value'), { maxKeys: 8 }),
    ),
  }));
  const values = fc.sample(value, { numRuns: 4000, seed: 8785 });
  const expected = formsOf(values.map(ascii));
  expect(expected.filter((text) => text === null)).toEqual([]);
  expect(values.map((one) => canonicalJson(one))).toEqual(expected);
});

it('of doubles with any bits', () => {
  const bits = fc.sample(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { numRuns: 20_000, seed: 754 });
  const doubles = bits
    .map((one) => new Float64Array(BigUint64Array.of(one).buffer)[0]!)
    .filter((one) => Number.isFinite(one));
  // With an exponent, so that Python reads a double also where there is no fraction.
  const expected = formsOf(doubles.map((one) => one.toExponential()));
  expect(doubles.map((one) => canonicalJson(one))).toEqual(expected);
});

it('differs where the other one refuses: integers that no double need hold exactly', () => {
  const lines = ['9007199254740991', '9007199254740992', '-9007199254740993', '1e400', '"\\ud800"'];
  expect(formsOf(lines)).toEqual(['9007199254740991', null, null, null, null]);
  expect(lines.slice(0, 3).map((line) => canonicalJson(JSON.parse(line)))).toEqual([
    '9007199254740991',
    '9007199254740992',
    '-9007199254740992',
  ]);
  for (const line of lines.slice(3)) {
    expect(() => canonicalJson(JSON.parse(line))).toThrow(expect.objectContaining({ code: 'ENCODING_NOT_JSON' }));
  }
});
