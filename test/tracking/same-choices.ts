/** Choices that are the same every time: of random requests that a failure can be found in again. */
export function sameChoices(seed = 42) {
  let state = seed;
  const choose = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const pick = <Value>(from: readonly Value[]): Value => from[choose(from.length)]!;
  return { choose, pick };
}
