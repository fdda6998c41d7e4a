/**
 * P-values adjusted by Holm's step-down method: rejecting those at most α makes a false rejection anywhere among them with a
 * chance of at most α, however they depend on each other. In the order given; empty gives empty.
 * @see Holm, A simple sequentially rejective multiple test procedure (1979)
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, at) => at).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, pValues[at]! * (pValues.length - rank)));
    adjusted[at] = largest;
  });
  return adjusted;
}
