import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

interface Golden {
  readonly pairs: readonly { readonly name: string; readonly input: string; readonly output: string }[];
  /** Bits of a double in hexadecimal, and its text. */
  readonly numbers: readonly (readonly [bits: string, text: string])[];
  readonly notNumbers: readonly string[];
}

const file = new URL('../../test/golden/encoding/jcs.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const double = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE(0);
const notJson = expect.objectContaining({ code: 'ENCODING_NOT_JSON' });

describe('values of cyberphone/json-canonicalization and RFC 8785', () => {
  it.each(golden.pairs)('$name', ({ input, output }) => {
    expect(canonicalJson(JSON.parse(input))).toBe(output);
    expect(canonicalJson(JSON.parse(output))).toBe(output);
  });

  it.each(golden.numbers)('the double %s is %s', (bits, text) => {
    expect(canonicalJson(double(bits))).toBe(text);
  });

  it.each(golden.notNumbers)('%s is no number of JSON', (bits) => {
    expect(() => canonicalJson([double(bits)])).toThrow(notJson);
  });

  it('there are as many as were published', () => {
    expect([golden.pairs.length, golden.numbers.length, golden.notNumbers.length]).toEqual([6, 24, 3]);
  });
});

describe('where values are not those of a JSON text', () => {
  it('members that are undefined are left out; elements that are, or are absent, are refused', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    for (const list of [[undefined], [, 1], [1, ,]]) expect(() => canonicalJson(list)).toThrow(notJson);
  });

  it('lone surrogates are refused in texts and in names', () => {
    for (const value of ['\ud83d', '\ude02\ud83d', { '\udc00': 1 }, [{ a: '\ud800x' }]]) {
      expect(() => canonicalJson(value)).toThrow(notJson);
    }
    expect(canonicalJson('\ud83d\ude02')).toBe('"😂"');
  });
});
