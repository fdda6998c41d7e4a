import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portableExp, portableLog, portableLog1p } from './portable-math.ts';

const bits = new BigInt64Array(1);
const view = new Float64Array(bits.buffer);

function ulpsApart(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  view[0] = a;
  const left = bits[0]!;
  view[0] = b;
  const distance = left - bits[0]!;
  return Number(distance < 0n ? -distance : distance);
}

const cases: readonly [string, (x: number) => number, (x: number) => number][] = [
  ['log', portableLog, Math.log],
  ['log1p', portableLog1p, Math.log1p],
  ['exp', portableExp, Math.exp],
];

for (const [name, portable, native] of cases) {
  test(`${name} is within 1 ulp of the engine's own function`, () => {
    const check = (x: number): void => {
      expect(ulpsApart(portable(x), native(x)), `${name}(${x})`).toBeLessThanOrEqual(1);
    };
    fc.assert(fc.property(fc.double(), check), { numRuns: 5000 });
    fc.assert(fc.property(fc.double({ min: -1, max: 1 }), check), { numRuns: 5000 });
    fc.assert(fc.property(fc.double({ min: -750, max: 750 }), check), { numRuns: 5000 });
  });

  test(`${name} handles zeros, infinities, NaN and the ends of the range`, () => {
    const edges = [
      0,
      -0,
      1,
      -1,
      Number.NaN,
      Infinity,
      -Infinity,
      5e-324,
      2.2250738585072014e-308,
      1.7976931348623157e308,
    ];
    const more = [
      709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, -708.4, 0.41421356, -0.2928932,
    ];
    for (const x of [...edges, ...more])
      expect(ulpsApart(portable(x), native(x)), `${name}(${x})`).toBeLessThanOrEqual(1);
  });
}
