import { join } from 'node:path';
import { expect } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine } from '../../src/tables/index.ts';
import { type DataProject, dataProject } from './data-project.ts';

const vega = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

/** A project with real files in `data/`, and what tests of the ingestion ask of it. */
export interface IngestionProject {
  readonly project: DataProject;
  readonly engine: QueryEngine;
  /** The rows that the ingestion of these sections brings. */
  rowsOf(sections: string, options?: object): Promise<Record<string, unknown>[]>;
  /** The error that the ingestion of these sections ends with. */
  failure(sections: string, options?: object): Promise<{ code: string; message: string; details: object }>;
  dispose(): Promise<void>;
}

/** Airports, penguins, unemployment and 300,000 flights in a folder of their own. */
export async function ingestionProject(): Promise<IngestionProject> {
  const project = await dataProject();
  const engine = await createDuckDb();
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
    dispose: async () => {
      await engine.close();
      await project.dispose();
    },
  };
}
