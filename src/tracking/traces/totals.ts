/*
 * What the model calls of a trace used together: tokens and their cost. A span that sums up what stands below it counts, and
 * nothing below it does, so that nothing is counted twice.
 */

/** A span with its own figures as a text of JSON; null where it has none. */
export interface CountedSpan {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly figures: string | null;
}

/** Names of token counts, the first three of which every total has. */
export const tokenFigures = ['input_tokens', 'output_tokens', 'total_tokens'] as const;
/** Names of token counts that a total has where a span has them. */
export const cacheFigures = ['cache_read_input_tokens', 'cache_creation_input_tokens'] as const;
/** Names of costs, in dollars. */
export const costFigures = ['input_cost', 'output_cost', 'total_cost'] as const;

/** The sums by name; null where no span has figures. */
export function totalsOf(
  spans: readonly CountedSpan[],
  always: readonly string[],
  where: readonly string[] = [],
): ReadonlyMap<string, number> | null {
  const own = new Map(spans.map((span) => [span.spanId, figuresOf(span.figures)]));
  const parents = new Map(spans.map((span) => [span.spanId, span.parentId]));
  const covered = new Map<string, boolean>();
  const sums = new Map<string, number>();
  for (const [spanId, figures] of own) {
    if (figures === null || isBelowFigures(spanId, { own, parents, covered })) continue;
    for (const name of always) sums.set(name, (sums.get(name) ?? 0) + (figures[name] ?? 0));
    for (const name of where) if (name in figures) sums.set(name, (sums.get(name) ?? 0) + (figures[name] ?? 0));
  }
  return sums.size === 0 ? null : sums;
}

interface Tree {
  readonly own: ReadonlyMap<string, Readonly<Record<string, number>> | null>;
  readonly parents: ReadonlyMap<string, string | null>;
  /** Of spans that were asked for already. */
  readonly covered: Map<string, boolean>;
}

/** Whether a span stands below one that has figures; a span that is its own ancestor ends the way up. */
function isBelowFigures(spanId: string, { own, parents, covered }: Tree): boolean {
  const way: string[] = [];
  const seen = new Set([spanId]);
  let answer = false;
  for (let at = parents.get(spanId); at != null && parents.has(at) && !seen.has(at); at = parents.get(at)) {
    const known = covered.get(at);
    if (own.get(at) != null || known !== undefined) {
      answer = own.get(at) != null || known === true;
      break;
    }
    seen.add(at);
    way.push(at);
  }
  for (const passed of way) covered.set(passed, answer);
  return answer;
}

function figuresOf(text: string | null): Readonly<Record<string, number>> | null {
  if (text === null || !text.startsWith('{')) return null;
  const numbers = Object.entries(JSON.parse(text) as Record<string, unknown>).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
  );
  return numbers.length === 0 ? null : Object.fromEntries(numbers);
}
