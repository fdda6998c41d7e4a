import type { Spread } from './spread.ts';

/** How much a bench does: `full` is what is published, `small` only shows that it still works. */
export type Extent = 'full' | 'small';

/** One measured figure. */
export interface Figure {
  /** What was measured, as the page says it. */
  readonly what: string;
  /** Unit of the spread, for example `ms`, `MiB` or `million cells/s`. */
  readonly unit: string;
  readonly spread: Spread;
  /** What was promised, in the same unit; absent where nothing was. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
}

/** What a bench found. */
export interface BenchResult {
  readonly figures: readonly Figure[];
  /** What a reader has to know beside the figures: one sentence each. */
  readonly notes: readonly string[];
  /** Versions of the programs that took part beside this one, by name. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** One bench: what `npm run bench -- NAME` runs. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** Whether it runs only where it is named; default false. */
  readonly onlyNamed?: boolean;
  /** Measures; `say` tells a person what goes on. Everything that it makes lies below `folder`, which is removed after it. */
  readonly run: (options: BenchOptions) => Promise<BenchResult>;
}

/** What surrounds one bench. */
export interface BenchOptions {
  readonly extent: Extent;
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** Whether a figure holds what was promised, by its median; null where nothing was. */
export function isMet({ limit, spread }: Figure): boolean | null {
  if (limit === undefined) return null;
  return 'atMost' in limit ? spread.median <= limit.atMost : spread.median >= limit.atLeast;
}
