import { createDuckDb, type QueryEngine } from '../../src/tables/index.ts';

/** Does `work` with an engine of its own, which is closed behind it. */
export async function withEngine<T>(threads: number, work: (engine: QueryEngine) => Promise<T>): Promise<T> {
  const engine = await createDuckDb({ threads });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
