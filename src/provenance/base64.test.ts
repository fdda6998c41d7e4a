import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64 } from './base64.ts';

test('every content has one text, and every other text has none', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(decodeBase64(text)).toEqual(Buffer.from(bytes));
      for (const other of [`${text}=`, `${text} `, ` ${text}`, `${text}\n`, `${text}A`]) {
        expect(decodeBase64(other)).toBeNull();
      }
    }),
  );
  // Missing padding, padding alone, bits that no byte holds, the form for addresses, padding inside.
  for (const text of ['YQ', 'YQ=', '=', '====', 'YR==', 'YWJ=', '-_8=', 'YQ==YQ==', 'Y*==', 'YQ==\0']) {
    expect(decodeBase64(text)).toBeNull();
  }
});

test('a long text is read, and a long one that is none is refused', () => {
  const bytes = Buffer.alloc(64 << 20, 7);
  const text = bytes.toString('base64');
  expect(decodeBase64(text)?.equals(bytes)).toBe(true);
  expect(decodeBase64(`${text}!!!!`)).toBeNull();
});
