import { formatPrice, priceGates } from '../app/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';
import type { Output } from './output.ts';

/** Prints what each gate costs. */
export function printPrices(output: Output, spec: ResolvedSpec): void {
  for (const price of priceGates(spec)) output.result(formatPrice(price));
}
