import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SquareSums, WholeSum } from './index.ts';

const upTo = (most: number): fc.Arbitrary<number> =>
  fc
    .oneof(fc.constantFrom(0, 1, most - 1, most), fc.integer({ min: 0, max: 1000 }), fc.maxSafeNat())
    .map((value) => Math.min(value, most));

test('sums of whole numbers are those of bigints', () => {
  fc.assert(
    fc.property(fc.array(upTo(2 ** 52), { maxLength: 200 }), (values) => {
      const sum = new WholeSum();
      for (const value of values) sum.add(value);
      expect(sum.value).toBe(values.reduce((total, value) => total + BigInt(value), 0n));
    }),
  );
});

test('sums of squares are those of bigints, whatever the counts', () => {
  const values = fc.array(fc.tuple(upTo(2 ** 40), upTo(2 ** 33)), { maxLength: 200 });
  fc.assert(
    fc.property(values, (told) => {
      const sums = new SquareSums();
      for (const [value, count] of told) sums.add(value, count);
      const power = (exponent: bigint): bigint =>
        told.reduce((total, [value, count]) => total + BigInt(count) * BigInt(value) ** exponent, 0n);
      expect([sums.first, sums.second]).toEqual([power(1n), power(2n)]);
    }),
  );
});
