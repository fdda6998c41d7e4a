import { markdown, markdownTable } from '../../exports/index.ts';
import { number } from '../report/html.ts';
import { factsOf } from './profile-facts.ts';
import type { FileProfile } from './profile-files.ts';
import { toldFirst } from './told-first.ts';

/** A profile as Markdown: warnings first, then a table of facts for each column. */
export function profileMarkdown(profile: FileProfile): string {
  const { statistics, compared } = profile;
  const others = new Map(compared?.statistics.columns.map((column) => [column.name, column]));
  const tables = [profile, ...(compared === null ? [] : [compared])];
  const warned = toldFirst(profile).map(({ column, message }) => [column ?? '', message]);
  const parts = [
    `# ${markdown(profile.name)}`,
    markdownTable(
      '## Overview',
      ['table', 'rows', 'columns', 'digest of the statistics'],
      tables.map((one) => [
        one.name,
        number(one.statistics.rowCount),
        number(one.statistics.columns.length),
        one.digest,
      ]),
    ),
    markdownTable('## Warnings', ['column', ''], warned),
    ...outlyingTable(profile),
    ...weightedTable(profile),
    ...pairTables(profile),
    '## Columns',
    ...statistics.columns.map((column) => {
      const pair = compared === null ? [column] : [column, others.get(column.name) ?? null];
      const rows = factsOf(pair).map(({ name, values }) => [name, ...values]);
      const frequent = column.top.slice(0, 5).map(({ value, count }) => `${value}: ${number(count)}`);
      if (frequent.length > 0) rows.push(['most frequent', frequent.join(', '), ...pair.slice(1).map(() => '')]);
      const head = pair.length === 1 ? ['', ''] : ['', 'this', 'other'];
      return markdownTable(`### ${markdown(column.name)} (${column.type})`, head, rows);
    }),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function outlyingTable({ outlyingRows: found }: FileProfile): string[] {
  if (found === null) return [];
  const rows = found.rows.map(({ score, count, values }) => [
    number(score),
    number(count),
    ...values.map((value) => number(value)),
  ]);
  return [markdownTable(`## Outlying rows: ${number(found.rowCount)}`, ['score', 'rows', ...found.columns], rows)];
}

function weightedTable({ weighted }: FileProfile): string[] {
  if (weighted === null) return [];
  const rows = weighted.columns.map(({ name, missing, mean, standardDeviation }) => [
    name,
    number(missing),
    number(mean),
    number(standardDeviation),
  ]);
  return [
    markdownTable(`## Weighted by ${markdown(weighted.weight)}`, ['column', 'missing', 'mean', 'deviation'], rows),
  ];
}

function pairTables({ pairs: found }: FileProfile): string[] {
  if (found === null) return [];
  const head = ['', '', 'Pearson', 'Spearman', "Cramér's V", 'mutual information, bits'];
  const rows = found.pairs.map((one) => [
    one.a,
    one.b,
    ...[one.pearson, one.spearman, one.cramersV, one.mutualInformationBits].map((value) => number(value, 3)),
  ]);
  const told = found.power.map(({ column, power }) => [column, number(power, 3)]);
  return [
    markdownTable('## Pairs', head, rows),
    markdownTable(`## How well a column alone tells ${markdown(found.label ?? '')}`, ['column', 'power'], told),
  ];
}
