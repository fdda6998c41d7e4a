import { afterAll } from 'vitest';
import { createDuckDb, type QueryEngine } from '../../src/tables/index.ts';
import { type DataProject, dataProject } from './data-project.ts';

/** A project and an engine beside it for the tests of one file; both are given back behind the last one. */
export async function projectWithEngine(): Promise<{ readonly project: DataProject; readonly engine: QueryEngine }> {
  const [project, engine] = [await dataProject(), await createDuckDb()];
  afterAll(async () => {
    await engine.close();
    await project.dispose();
  });
  return { project, engine };
}
