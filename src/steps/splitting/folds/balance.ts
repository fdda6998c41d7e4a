/**
 * Groups to folds of even sizes: the largest group first, each into the fold that has the fewest rows by then, of equal ones the first. Greedy, as
 * scikit-learn's GroupKFold is; no fold exceeds another by more than the largest group.
 *
 * @param sizes rows of each group, the largest first
 * @returns the fold of each group, 1 to `count`
 * @see Graham, Bounds on multiprocessing timing anomalies, SIAM Journal on Applied Mathematics 17(2), 1969
 */
export function balanceGroups(sizes: readonly number[], count: number): number[] {
  const rows = new Array<number>(count).fill(0);
  return sizes.map((size) => {
    const lightest = rows.indexOf(Math.min(...rows));
    rows[lightest]! += size;
    return lightest + 1;
  });
}
