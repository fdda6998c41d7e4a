import { type BenchResult, type Figure, isMet } from './bench.ts';
import type { Machine } from './machine.ts';

/** Everything that one bench left, as it is kept. */
export interface KeptResult extends BenchResult {
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly seconds: number;
  readonly machine: Machine;
}

/** The results of all benches as one Markdown page: a summary of what was promised, then a section for each bench. */
export function resultsPage(results: Readonly<Record<string, KeptResult>>): string {
  const kept = Object.values(results);
  return `${[
    '# Results',
    'Written by `npm run bench`; [what is measured and how](../README.md). The same as [JSON](results.json).',
    '## What was promised',
    summaryTable(kept),
    ...kept.map(section),
  ].join('\n\n')}\n`;
}

function summaryTable(kept: readonly KeptResult[]): string {
  const rows = kept.flatMap(({ figures }) =>
    figures
      .filter((figure) => figure.limit !== undefined)
      .map((figure) => [figure.what, shown(figure.spread.median, figure.unit), limitOf(figure), metOf(figure)]),
  );
  return table(['figure', 'median', 'promised', ''], rows);
}

function section({ title, figures, notes, machine, versions, measuredAt, seconds }: KeptResult): string {
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure.spread.median, figure.unit),
    `${plain(figure.spread.lowest)} to ${plain(figure.spread.highest)}`,
    String(figure.spread.times),
    figure.limit === undefined ? '' : `${limitOf(figure)}: ${metOf(figure)}`,
  ]);
  const programs = Object.entries({ ...machine.versions, ...versions }).map(([name, version]) => `${name} ${version}`);
  return [
    `## ${title}`,
    table(['figure', 'median', 'lowest to highest', 'times', 'promised'], rows),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
    `${measuredAt.slice(0, 10)}, in ${Math.round(seconds)} s, load before ${machine.loadBefore}. ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB; ${machine.system}. ${programs.join(', ')}.`,
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function limitOf({ limit, unit }: Figure): string {
  if (limit === undefined) return '';
  return 'atMost' in limit ? `at most ${shown(limit.atMost, unit)}` : `at least ${shown(limit.atLeast, unit)}`;
}

function metOf(figure: Figure): string {
  return isMet(figure) ? 'met' : '**not met**';
}

function shown(value: number, unit: string): string {
  return `${plain(value)} ${unit}`;
}

/** Three digits that matter, and no power of ten. */
function plain(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
