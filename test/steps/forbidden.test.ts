import { afterAll, beforeAll, expect, test } from 'vitest';
import { transformation } from '../../src/steps/transformation/index.ts';
import { type DataProject, dataProject } from './data-project.ts';

let project: DataProject;
beforeAll(async () => {
  project = await dataProject();
  const rows = Array.from({ length: 200 }, (_, row) => `${row},${row % 7},${'abc'[row % 3]},${row % 2 === 0}`);
  await project.write('people.csv', `id,x,race,y\n${rows.join('\n')}\n`);
});
afterAll(() => project.dispose());

const sections = (query: string, rest = ''): string => `task: {kind: binary, label: y, key: [id]}
ingestion: {sources: {people: people.csv}, query: "${query}"}
splitting: {by: hash, parts: {train: 60%, validation: 40%}}
features: {forbidden: [race]}
${rest}`;

test('what the query makes of a forbidden column is no feature: hidden where columns pass through, refused where it is asked for', async () => {
  const query = 'SELECT *, ascii(race) AS code FROM people';
  const run = await project.run(sections(query), { more: [transformation] });
  expect(run.steps['transformation']!.outputs['train']!.properties['features']).toEqual(['x']);
  expect(run.steps['transformation']!.logs).toEqual([expect.stringMatching(/^warn: code is no feature: .* race,/)]);
  const asked = project.run(
    sections(query, 'transformation: {a: "code + 1", b: "sql(\'Code * 2\', type=\'int64\')"}'),
    {
      more: [transformation],
    },
  );
  await expect(asked).rejects.toMatchObject({ code: 'TRANSFORM_BAD_DECLARATION' });
  await expect(asked).rejects.toThrow(
    /features must not read code: the query makes it of race.*\n.*features must not read code/s,
  );
  const byPlace = 'SELECT * FROM people UNION ALL SELECT * FROM people';
  await expect(project.run(sections(byPlace), { more: [transformation] })).rejects.toThrow(
    /expected a query of which it can be told what it makes of race.*by their place/s,
  );
});
