import { expect, it } from 'vitest';
import { parseSpec, resolveSpec } from '../spec/index.ts';
import { clearDatasets } from './clear-datasets.ts';

function datasetsInClear(ingestion: string, sealed = '[test]'): Record<string, readonly string[]> {
  const text = `mlspec: 1
name: late
task: {kind: binary, label: late, key: [id]}
ingestion:
${ingestion}
splitting: {by: hash, parts: {train: 70%, validation: 15%, test: 15%}, sealed: ${sealed}}
`;
  const resolved = resolveSpec(parseSpec(text, { file: 'mlspec.yaml' }));
  expect(resolved.findings).toEqual([]);
  return clearDatasets(resolved.spec!);
}

const sources = '  sources: {flights: {csv: f.csv}, outcomes: {csv: o.csv}, airports: {csv: a.csv}}\n';
const query = '  query: SELECT * FROM Flights WHERE distance > 0\n';

it.each([
  ['the source of the dataset', 'SELECT * FROM flights', ['flights']],
  ['it under another writing', 'select count(*) from "FLIGHTS"', ['flights']],
  ['a source of labels', 'SELECT late FROM outcomes', ['outcomes']],
  ['a file, which may read anything', 'queries/copy.sql', ['flights', 'outcomes']],
])('a named dataset that reads %s may hold sealed rows', (_, text, found) => {
  const labels = '  labels: {late: {from: outcomes, join: id}}\n';
  expect(datasetsInClear(`${sources}${query}${labels}  datasets: {copy: {query: '${text}'}}`)).toEqual({ copy: found });
});

it('one that reads other sources may not, and nothing may where nothing is sealed', () => {
  const other = `${sources}${query}  datasets: {places: {query: SELECT flights_a_day FROM airports}}`;
  expect(datasetsInClear(other)).toEqual({});
  expect(datasetsInClear(`${sources}${query}  datasets: {copy: {query: SELECT * FROM flights}}`, '[]')).toEqual({});
});

it('without a query the only source is the dataset', () => {
  const only = '  sources: {flights: {csv: f.csv}}\n  datasets: {copy: {query: SELECT 1 AS one FROM flights}}';
  expect(datasetsInClear(only)).toEqual({ copy: ['flights'] });
});
