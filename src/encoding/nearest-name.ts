/**
 * The name nearest to a misspelt one by edits (insert, delete, replace, swap of neighbours), or null where none is near:
 * at most a third of the longer name's length, and at least one edit, may differ. Ties go to the earlier candidate.
 * @example nearestName('acuracy', ['accuracy', 'recall']) // 'accuracy'
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.slice(0, 64).toLowerCase();
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The question `Did you mean NAME?` with the nearest of the candidates, as a hint of an error; nothing where none is near.
 * @example didYouMean('trainig', ['training']) // {hint: 'Did you mean training?'}
 */
export function didYouMean(name: string, candidates: Iterable<string>): { readonly hint?: string } {
  const nearest = nearestName(name, candidates);
  return nearest === null ? {} : { hint: `Did you mean ${nearest}?` };
}

/** Optimal string alignment distance: inserts, deletes, replacements and swaps of two neighbours cost one each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
