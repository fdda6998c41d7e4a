/**
 * A process of the suite of reduced histories, to be killed: logs batches of two series to a run without end, the later
 * ones partly between the earlier ones, and prints the number of each batch when it is written.
 */
import { openDatabase } from '../../src/database/index.ts';
import { openTracking } from '../../src/tracking/index.ts';

const { address, runId, first } = JSON.parse(process.argv[2]!) as {
  address: Parameters<typeof openDatabase>[0];
  runId: string;
  first: number;
};
const tracking = await openTracking(await openDatabase(address));
for (let batch = first; ; batch++) {
  const metrics = Array.from({ length: 900 }, (_, index) => {
    const at = index % 9 === 0 ? index * 100 + batch : (batch * 900 + index) * 10;
    return { key: index % 3 === 0 ? 'late' : 'm', value: Math.sin(at) * batch, timestampMs: at, step: BigInt(at) };
  });
  await tracking.logBatch(runId, { metrics, tags: [{ key: 'batches', value: String(batch + 1) }] });
  process.stdout.write(`${batch}\n`);
}
