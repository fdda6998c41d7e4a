/**
 * A second process for the contract of `MetadataStore`: takes part in a race for each key, publishing the result of a
 * key only where it holds the lease and finds nothing recorded. Prints how many results it made.
 */
import { openDatabase } from '../../src/database/index.ts';
import { digestOf, newId } from '../../src/encoding/index.ts';
import { openMetadata } from '../../src/metadata/index.ts';
import {
  sampleArtifact,
  sampleCacheEntry,
  sampleEvent,
  sampleExecution,
  sampleRun,
  sampleStatement,
} from './metadata-records.ts';

const { address, keys } = JSON.parse(process.argv[2]!) as {
  address: Parameters<typeof openDatabase>[0];
  keys: string[];
};
const store = await openMetadata(await openDatabase(address));
const run = await store.createRun(sampleRun({ id: newId('run') }));
let made = 0;
for (const key of keys) {
  const staticKey = digestOf(key);
  while (!(await store.lease(key, run.id, 10_000)).isHeld) await new Promise((resolve) => setTimeout(resolve, 1));
  if ((await store.findCached(staticKey)).length === 0) {
    const execution = sampleExecution(run.id, { key: staticKey, step: key });
    await store.openExecution(execution);
    const artifact = sampleArtifact(`${key} by ${run.id}`);
    await store.publish({
      execution,
      artifacts: [artifact],
      events: [sampleEvent(execution, artifact, 'OUTPUT')],
      statement: sampleStatement(`{"step":"${key}"}`),
      cacheEntry: sampleCacheEntry(staticKey, execution, artifact),
    });
    made++;
  }
  await store.release(key, run.id);
}
await store.finishRun(run.id, { state: 'COMPLETE', endedAtMs: run.startedAtMs });
await store.close();
console.log(made);
