import { type GatePrice, priceGate } from '../model-ci/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';

export { formatPrice, type GatePrice } from '../model-ci/index.ts';

/** What each gate of a declaration costs in examples, in the order of the document. */
export function priceGates(spec: ResolvedSpec): GatePrice[] {
  return Object.keys(spec.objectives.gates).map((gate) => priceGate(spec, gate));
}
