import { join } from 'node:path';
import { expect } from 'vitest';
import { parquetSource, type QueryEngine } from '../../src/tables/index.ts';
import type { DataProject } from './data-project.ts';
import { projectWithEngine } from './project-with-engine.ts';

const vega = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

/** A project with real files in `data/`, and what tests of the ingestion ask of it. */
export interface IngestionProject {
  readonly project: DataProject;
  readonly engine: QueryEngine;
  /** The rows that the ingestion of these sections brings. */
  rowsOf(sections: string, options?: object): Promise<Record<string, unknown>[]>;
  /** The error that the ingestion of these sections ends with. */
  failure(sections: string, options?: object): Promise<{ code: string; message: string; details: object }>;
}

/** Airports, penguins, unemployment and 300,000 flights in a folder of their own, for the tests of one file; gone behind the last one. */
export async function ingestionProject(): Promise<IngestionProject> {
  const { project, engine } = await projectWithEngine();
  for (const name of ['airports.csv', 'penguins.json', 'unemployment.tsv'])
    await project.copy(join(vega, name), `data/${name}`);
  const flights = parquetSource(join(vega, 'flights-3m.parquet'));
  await engine.writeParquet(`SELECT * FROM ${flights} LIMIT 300_000`, join(project.root, 'data/flights.parquet'));
  const ingest = (sections: string, options: object) => project.run(sections, { until: 'ingestion', ...options });
  return {
    project,
    engine,
    rowsOf: async (sections, options = {}) => {
      const run = await ingest(sections, options);
      return await engine.rows(`SELECT * FROM ${parquetSource(run.path('ingestion', 'dataset'))}`);
    },
    failure: async (sections, options = {}) =>
      await ingest(sections, options).then(
        () => expect.fail('it did not fail'),
        (error) => error,
      ),
  };
}
